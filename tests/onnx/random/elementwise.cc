// Elementwise operators, comparisons, casts.

#include "onnx/random/sketch.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/fake_quantize.h"
#include "ops/quant/quantize.h"

namespace slipway::random_graphs {
namespace {

using namespace ops;  // NOLINT: the tables are of nothing else

bool smooth(Sketch& s) {
  static const AnyOp kOps[] = {Abs{},      Neg{},       Relu{},   Relu6{},       ReluN1To1{},
                               Relu0To1{}, Sigmoid{},   Tanh{},   Sin{},         Cos{},
                               Erf{},      Atan{},      Asinh{},  Softplus{},    Softsign{},
                               Mish{},     HardSwish{}, Square{}, Gelu{true},    Gelu{false},
                               Celu{},     Elu{},       Selu{},   HardSigmoid{}, Swish{}};
  return s.add(s.one_op(kOps), {s.some({kFloats | kSigned})}, Trust::near);
}

bool with_numbers(Sketch& s) {
  const float a = s.real(0.1F, 2);
  const float b = s.real(0.1F, 2);
  const AnyOp all[] = {Celu{a}, Elu{a}, Selu{a, b}, HardSigmoid{a, b}, Swish{a}, LeakyRelu{a}};
  return s.add(s.one_op(all), {s.some({})}, Trust::near);
}

/// Close to a pole, or with steps: of exact numbers only.
bool steep(Sketch& s) {
  static const AnyOp kOps[] = {Acos{}, Acosh{}, Asin{}, Atanh{},      Cosh{}, Exp{},
                               Log{},  Rsqrt{}, Sinh{}, Reciprocal{}, Sqrt{}, Tan{}};
  return s.add(s.one_op(kOps),
               {s.some({.types = kFloats, .trust = Trust::exact, .is_input = true})}, Trust::leaf);
}

bool with_steps(Sketch& s) {
  const AnyOp all[] = {Ceil{},
                       Floor{},
                       Round{},
                       Sign{},
                       ThresholdedRelu{s.real(0, 1)},
                       Sign{},
                       Shrink{s.real(0, 1), s.real(-1, 1)},
                       BitwiseNot{}};
  return s.add(s.one_op(all), {s.some({.types = kNumbers, .trust = Trust::exact})}, Trust::near);
}

template <class Kind>
AnyOp random_binary(Sketch& s) {
  Binary<Kind> op;
  if (s.once_in(4))
    op.activation = s.one_of({Activation::relu, Activation::relu6, Activation::relu_n1_to_1});
  return op;
}

bool binary(Sketch& s) {
  const AnyOp all[] = {random_binary<AddKind>(s),
                       random_binary<SubKind>(s),
                       random_binary<MulKind>(s),
                       random_binary<MaximumKind>(s),
                       random_binary<MinimumKind>(s),
                       random_binary<AddKind>(s),
                       random_binary<SquaredDifferenceKind>(s)};
  const auto x = s.some({kNumbers});
  const auto y = s.partner(x);
  return s.once_in(2) ? s.add(s.one_op(all), {x, y}, Trust::exact)
                      : s.add(s.one_op(all), {y, x}, Trust::exact);
}

/// a and a number that is not 0.
bool quotient(Sketch& s) {
  const auto x = s.some({.types = kNumbers, .trust = Trust::exact});
  const auto y = is_float(s.dtype(x)) && s.once_in(2) ? s.partner(x, Trust::exact) : kNoValue;
  const AnyOp all[] = {random_binary<DivKind>(s), FloorDiv{}, FloorMod{}, Fmod{}, Pow{}, Atan2{}};
  if (y.exists()) return s.add(s.one_op({all, 1}), {x, y}, Trust::leaf);
  TensorBuilder builder({s.dtype(x), {}, {}});
  visit(s.dtype(x), [&]<class T>(T) {
    if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
      builder.values<T>()[0] = T(1.5F);
    } else if constexpr (!std::is_same_v<T, bool>) {
      builder.values<T>()[0] = static_cast<T>(s.between(2, 5));
    }
  });
  // Powers of whole numbers soon are too large, which ONNX leaves open.
  const auto op = s.one_op(all);
  if (op.is<Pow>() && !is_float(s.dtype(x))) return false;
  return s.add(op, {x, s.constant(std::move(builder).build())}, Trust::leaf);
}

bool bitwise(Sketch& s) {
  static const AnyOp kOps[] = {BitwiseAnd{}, BitwiseOr{}, BitwiseXor{}};
  const auto x = s.some({.types = kIntegers, .trust = Trust::exact});
  return s.add(s.one_op(kOps), {x, s.partner(x, Trust::exact)}, Trust::exact);
}

bool shift(Sketch& s) {
  static const AnyOp kOps[] = {LeftShift{}, RightShift{}};
  const auto x = s.some({.types = kUnsigned, .trust = Trust::exact});
  TensorBuilder builder({s.dtype(x), {}, {}});
  builder.bytes()[0] = static_cast<std::byte>(s.between(0, 7));
  return s.add(s.one_op(kOps), {x, s.constant(std::move(builder).build())}, Trust::exact);
}

bool compare(Sketch& s) {
  static const AnyOp kOps[] = {Equal{}, Greater{},     GreaterOrEqual{},
                               Less{},  LessOrEqual{}, NotEqual{}};
  const auto x = s.some({.types = kNumbers, .trust = Trust::exact});
  return s.add(s.one_op(kOps), {x, s.partner(x, Trust::exact)}, Trust::exact);
}

bool logic(Sketch& s) {
  static const AnyOp kOps[] = {And{}, Or{}};
  const auto x = s.some({.types = kBool, .trust = Trust::exact});
  if (s.once_in(3)) return s.add(Not{}, {x}, Trust::exact);
  return s.add(s.one_op(kOps), {x, s.partner(x, Trust::exact)}, Trust::exact);
}

bool select(Sketch& s) {
  const auto x = s.some({kAll});
  const auto condition = s.given({DType::boolean, s.shape(x), {}}, 1);
  return s.add(Select{}, {condition, x, s.partner(x)}, Trust::exact);
}

bool prelu(Sketch& s) {
  const auto x = s.some({kFloats});
  return s.add(PRelu{}, {x, s.partner(x)}, Trust::near);
}

/// Only what fits: ONNX says nothing of the rest.
bool cast(Sketch& s) {
  if (s.once_in(2)) {
    const auto x = s.some({.types = kFloats, .trust = Trust::exact, .is_input = true});
    const auto to = s.one_of({DType::i32, DType::i64, DType::boolean, DType::i8, DType::i16});
    return s.add(Cast{to}, {x}, Trust::exact);
  }
  if (s.once_in(3)) return s.add(Cast{s.random_dtype(kFloats)}, {s.some({kFloats})}, Trust::near);
  const auto x = s.some({.types = kIntegers | kBool, .trust = Trust::exact});
  return s.add(Cast{s.random_dtype(kAll)}, {x}, Trust::exact);
}

bool fake_quant(Sketch& s) {
  FakeQuant op{-s.real(0.5F, 3), s.real(0.5F, 3), s.between(3, 8), s.once_in(2)};
  return s.add(op, {s.some({.types = DType::f32, .trust = Trust::exact, .is_input = true})},
               Trust::near);
}

}  // namespace

std::span<const Maker> elementwise_makers() {
  static constexpr Maker kMakers[] = {
      {"smooth", smooth},   {"smooth", smooth},        {"with_numbers", with_numbers},
      {"steep", steep},     {"steps", with_steps},     {"binary", binary},
      {"binary", binary},   {"binary", binary},        {"quotient", quotient},
      {"bitwise", bitwise}, {"shift", shift},          {"compare", compare},
      {"logic", logic},     {"select", select},        {"prelu", prelu},
      {"cast", cast},       {"fake_quant", fake_quant}};
  return kMakers;
}

}  // namespace slipway::random_graphs
