// Arithmetic, comparisons, logic and activations, element by element.

#include <cmath>
#include <limits>

#include "formats/onnx/write.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"

namespace slipway::formats {
namespace {

using Names = std::vector<std::string>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A literal that a template takes.
template <std::size_t N>
struct Literal {
  constexpr Literal(const char (&text)[N]) {  // NOLINT: "Add" is a Literal
    for (std::size_t i = 0; i < N; ++i) chars[i] = text[i];
  }

  char chars[N] = {};
};

/// An operator of the same meaning.
template <Literal name>
Result<void> unary(OnnxWriter& writer) {
  writer.elementwise([&](const Names& in) { return writer.add(name.chars, in); });
  return {};
}

template <auto build>
Result<void> composed(OnnxWriter& writer) {
  writer.elementwise([&](const Names& in) { return build(writer, in); });
  return {};
}

/// Clip between two constants, given as whole numbers.
template <int low, int high>
Result<void> clip(OnnxWriter& writer) {
  writer.elementwise([&](const Names& in) {
    return writer.clamp(in[0], computed_in(writer.type(0).dtype), low, high);
  });
  return {};
}

Result<void> relu(OnnxWriter& writer) {
  writer.elementwise([&](const Names& in) {
    return writer.clamp(in[0], computed_in(writer.type(0).dtype), 0, kInfinity);
  });
  return {};
}

std::string activated(OnnxWriter& writer, std::string y, Activation activation) {
  if (activation == Activation::none) return y;
  const DType dtype = writer.type(0).dtype;
  const DType wide = computed_in(dtype);
  // Whole numbers wrap around in their own type before they are cut.
  if (!is_float(dtype)) y = writer.cast(writer.cast(y, wide, dtype), dtype, wide);
  auto range = range_of(activation);
  if (kUnsigned.has(dtype)) {
    range.low = -kInfinity;  // nothing is below 0, but large u64 look like it in i64
    if (dtype == DType::u64 && std::isfinite(range.high)) {
      const auto high = writer.number(wide, static_cast<double>(range.high));
      const auto is_large = writer.add("Less", {y, writer.number(wide, 0)});
      y = writer.add("Where", {is_large, high, y});
    }
  }
  return writer.clamp(y, wide, range.low, range.high);
}

template <class T, auto build>
Result<void> binary(OnnxWriter& writer) {
  const auto activation = writer.as<T>().activation;
  writer.elementwise(
      [&](const Names& in) { return activated(writer, build(writer, in), activation); });
  return {};
}

template <Literal name>
std::string one(OnnxWriter& writer, const Names& in) {
  return writer.add(name.chars, in);
}

constexpr auto always = [](const OnnxWriter&) { return true; };

bool is_float_op(const OnnxWriter& writer) { return is_float(writer.type(0).dtype); }

std::string rsqrt(OnnxWriter& writer, const Names& in) {
  return writer.add("Reciprocal", {writer.add("Sqrt", in)});
}

std::string square(OnnxWriter& writer, const Names& in) {
  return writer.add("Mul", {in[0], in[0]});
}

std::string squared_difference(OnnxWriter& writer, const Names& in) {
  const auto difference = writer.add("Sub", in);
  return writer.add("Mul", {difference, difference});
}

std::string real(OnnxWriter& writer, float value) {
  return writer.number(computed_in(writer.type(0).dtype), static_cast<double>(value));
}

/// floor(a / b) of the type in which elements are computed.
std::string floor_div(OnnxWriter& writer, const Names& in) {
  if (is_float(writer.type(0).dtype)) return writer.add("Floor", {writer.add("Div", in)});
  // (a - mod(a, b)) / b leaves no rest, so that it does not matter how Div rounds.
  const auto rest = writer.add("Mod", in);
  return writer.add("Div", {writer.add("Sub", {in[0], rest}), in[1]});
}

std::string floor_mod(OnnxWriter& writer, const Names& in) {
  if (!is_float(writer.type(0).dtype)) return writer.add("Mod", in);
  const auto whole = writer.add("Floor", {writer.add("Div", in)});
  return writer.add("Sub", {in[0], writer.add("Mul", {in[1], whole})});
}

/// atan(a / b), moved to the quadrant that the signs say.
std::string atan2(OnnxWriter& writer, const Names& in) {
  const DType dtype = writer.type(0).dtype;
  const auto number = [&](double value) { return writer.number(dtype, value); };
  constexpr double kPi = 3.14159265358979323846;
  const auto zero = number(0);
  const auto left = writer.add("Less", {in[1], zero});
  const auto turn =
      writer.add("Where", {writer.add("Less", {in[0], zero}), number(-kPi), number(kPi)});
  const auto angle = writer.add("Atan", {writer.add("Div", in)});
  const auto turned = writer.add("Where", {left, writer.add("Add", {angle, turn}), angle});
  const auto none =
      writer.add("And", {writer.add("Equal", {in[0], zero}), writer.add("Equal", {in[1], zero})});
  return writer.add("Where", {none, zero, turned});
}

/// Whole numbers saturate: f64 holds the ends of 32 bits.
Result<void> pow(OnnxWriter& writer) {
  const auto activation = writer.as<ops::Pow>().activation;
  if (writer.type(0).dtype != DType::i32) return binary<ops::Pow, one<"Pow">>(writer);
  writer.elementwise([&](const Names& in) {
    const auto a = writer.cast(in[0], DType::i32, DType::f64);
    const auto b = writer.cast(in[1], DType::i32, DType::f64);
    const auto power =
        writer.add("Clip", {writer.add("Pow", {a, b}), writer.number(DType::f64, INT32_MIN),
                            writer.number(DType::f64, INT32_MAX)});
    return activated(writer, writer.cast(power, DType::f64, DType::i32), activation);
  });
  return {};
}

/// Shifts of signed numbers, which ONNX lacks, as divisions in f64, which hold 32 bits.
Result<void> right_shift(OnnxWriter& writer) {
  const DType dtype = writer.type(0).dtype;
  const auto bits = static_cast<double>(8 * size_of(dtype) - 1);
  auto places = writer.cast(writer.last(1), dtype, DType::f64);
  places = writer.add("Max", {places, writer.number(DType::f64, 0)});
  places = writer.add("Min", {places, writer.number(DType::f64, bits)});
  const auto divisor = writer.add("Pow", {writer.number(DType::f64, 2), places});
  const auto real = writer.cast(writer.last(0), dtype, DType::f64);
  const auto whole = writer.add("Floor", {writer.add("Div", {real, divisor})});
  // Through i64: casts of reals saturate at the ends of narrow types.
  const auto wide = writer.cast(whole, DType::f64, DType::i64);
  writer.result(0, writer.cast(wide, DType::i64, dtype));
  return {};
}

/// Of signed numbers ONNX has no shift.
Result<void> left_shift(OnnxWriter& writer) {
  const DType dtype = writer.type(0).dtype;
  if (std::string_view(name_of(dtype))[0] != 'u')
    return fail(Code::unsupported, "ONNX has no operator for shifts of {}", name_of(dtype));
  const DType wide = dtype == DType::u16 ? DType::u32 : dtype;
  const auto x = writer.cast(writer.last(0), dtype, wide);
  const auto places = writer.cast(writer.last(1), dtype, wide);
  const auto y = writer.add("BitShift", {x, places}, {{"direction", std::string("LEFT")}});
  writer.result(0, writer.cast(y, wide, dtype));
  return {};
}

template <Literal name, bool negated = false>
Result<void> compare(OnnxWriter& writer) {
  writer.elementwise(
      [&](const Names& in) {
        const auto truth = writer.add(name.chars, in);
        return negated ? writer.add("Not", {truth}) : truth;
      },
      false);
  return {};
}

/// What Where of ONNX Runtime takes; others pass through a wider type.
DType selected_in(DType dtype) {
  return dtype == DType::boolean || dtype == DType::u8 ? dtype : computed_in(dtype);
}

Result<void> select(OnnxWriter& writer) {
  const DType dtype = writer.type(1).dtype;
  const DType wide = dtype == DType::boolean ? DType::u8 : selected_in(dtype);
  const auto a = writer.cast(writer.last(1), dtype, wide);
  const auto b = writer.cast(writer.last(2), dtype, wide);
  writer.result(0, writer.cast(writer.add("Where", {writer.last(0), a, b}), wide, dtype));
  return {};
}

Result<void> leaky_relu(OnnxWriter& writer) {
  const float slope = writer.as<ops::LeakyRelu>().slope;
  writer.elementwise([&](const Names& in) {
    return writer.add("LeakyRelu", in, {{"alpha", slope}});
  });
  return {};
}

/// An operator with the two numbers of T under ONNX's names.
template <class T, Literal name, Literal alpha, Literal beta = "">
Result<void> curve(OnnxWriter& writer) {
  const auto& op = writer.as<T>();
  OnnxAttributes attributes = {{alpha.chars, op.alpha}};
  if (std::string_view(beta.chars) != "") attributes.emplace_back(beta.chars, op.beta);
  writer.elementwise([&](const Names& in) { return writer.add(name.chars, in, attributes); });
  return {};
}

/// ONNX has Celu for f32 only.
Result<void> celu(OnnxWriter& writer) {
  const DType dtype = computed_in(writer.type(0).dtype);
  if (dtype == DType::f32) return curve<ops::Celu, "Celu", "alpha">(writer);
  const auto alpha = writer.number(dtype, static_cast<double>(writer.as<ops::Celu>().alpha));
  writer.elementwise([&](const Names& in) {
    const auto zero = writer.number(dtype, 0);
    const auto bent = writer.add("Exp", {writer.add("Div", {in[0], alpha})});
    const auto low = writer.add("Mul", {alpha, writer.add("Sub", {bent, writer.number(dtype, 1)})});
    return writer.add("Add", {writer.add("Max", {in[0], zero}), writer.add("Min", {low, zero})});
  });
  return {};
}

bool is_computed_in_f32(const OnnxWriter& writer) {
  return computed_in(writer.type(0).dtype) == DType::f32;
}

Result<void> swish(OnnxWriter& writer) {
  const DType dtype = computed_in(writer.type(0).dtype);
  const auto alpha = static_cast<double>(writer.as<ops::Swish>().alpha);
  writer.elementwise([&](const Names& in) {
    const auto scaled = writer.add("Mul", {in[0], writer.number(dtype, alpha)});
    return writer.add("Mul", {in[0], writer.add("Sigmoid", {scaled})});
  });
  return {};
}

std::string mish(OnnxWriter& writer, const Names& in) {
  return writer.add("Mul", {in[0], writer.add("Tanh", {writer.add("Softplus", in)})});
}

std::string fmod(OnnxWriter& writer, const Names& in) {
  return writer.add("Mod", in, {{"fmod", 1}});
}

Result<void> gelu(OnnxWriter& writer) {
  const bool approximate = writer.as<ops::Gelu>().approximate;
  writer.elementwise([&](const Names& in) {
    const auto& x = in[0];
    std::string inner;
    if (approximate) {
      const auto cube = writer.add("Mul", {x, writer.add("Mul", {x, x})});
      const auto bent = writer.add("Mul", {cube, real(writer, 0.044715F)});
      inner = writer.add("Mul", {writer.add("Add", {x, bent}), real(writer, 0.7978845608F)});
      inner = writer.add("Tanh", {inner});
    } else {
      inner = writer.add("Erf", {writer.add("Mul", {x, real(writer, 0.7071067812F)})});
    }
    const auto half = writer.add("Mul", {x, real(writer, 0.5F)});
    return writer.add("Mul", {half, writer.add("Add", {inner, real(writer, 1)})});
  });
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_elementwise() {
  static constexpr std::string_view kBinary = "activation rounding powers_of_two";
  static constexpr OnnxWriteRow kRows[] = {
      {"Abs", "", unary<"Abs">},
      {"Acos", "", unary<"Acos">},
      {"Acosh", "", unary<"Acosh">},
      {"Add", kBinary, binary<ops::Add, one<"Add">>},
      {"And", "", compare<"And">},
      {"Asin", "", unary<"Asin">},
      {"Asinh", "", unary<"Asinh">},
      {"Atan", "", unary<"Atan">},
      {"Atan2", "activation", binary<ops::Atan2, atan2>, never, never},
      {"Atanh", "", unary<"Atanh">},
      {"Ceil", "", unary<"Ceil">},
      {"Celu", "alpha", celu, always, is_computed_in_f32},
      {"Cos", "", unary<"Cos">},
      {"Cosh", "", unary<"Cosh">},
      {"Div", kBinary, binary<ops::Div, one<"Div">>},
      {"Elu", "alpha", curve<ops::Elu, "Elu", "alpha">},
      {"Equal", "", compare<"Equal">},
      {"Erf", "", unary<"Erf">},
      {"Exp", "", unary<"Exp">},
      {"Floor", "", unary<"Floor">},
      {"FloorDiv", kBinary, binary<ops::FloorDiv, floor_div>, never, never},
      {"FloorMod", kBinary, binary<ops::FloorMod, floor_mod>, never, never},
      {"Fmod", "activation", binary<ops::Fmod, fmod>, never},
      {"Gelu", "approximate", gelu, always, never},
      {"Greater", "", compare<"Greater">},
      {"GreaterOrEqual", "", compare<"GreaterOrEqual">},
      {"HardSigmoid", "alpha beta", curve<ops::HardSigmoid, "HardSigmoid", "alpha", "beta">},
      {"HardSwish", "", unary<"HardSwish">},
      {"LeakyRelu", "slope", leaky_relu},
      {"LeftShift", "", left_shift, never},
      {"Less", "", compare<"Less">},
      {"LessOrEqual", "", compare<"LessOrEqual">},
      {"Log", "", unary<"Log">},
      {"Maximum", kBinary, binary<ops::Maximum, one<"Max">>, never},
      {"Minimum", kBinary, binary<ops::Minimum, one<"Min">>, never},
      {"Mish", "", composed<mish>, always, never},
      {"Mul", kBinary, binary<ops::Mul, one<"Mul">>},
      {"Neg", "", unary<"Neg">, never},
      {"Not", "", unary<"Not">},
      {"NotEqual", "", compare<"Equal", true>},
      {"Or", "", compare<"Or">},
      {"Pow", "activation", pow, never, is_float_op},
      {"PRelu", "", unary<"PRelu">},
      {"Reciprocal", "", unary<"Reciprocal">},
      {"Relu", "", relu},
      {"Relu0To1", "", clip<0, 1>},
      {"Relu6", "", clip<0, 6>},
      {"ReluN1To1", "", clip<-1, 1>},
      {"RightShift", "", right_shift, never, never},
      {"Round", "", unary<"Round">},
      {"Rsqrt", "", composed<rsqrt>},
      {"Select", "", select, never},
      {"Selu", "alpha beta", curve<ops::Selu, "Selu", "alpha", "gamma">},
      {"Shrink", "alpha beta", curve<ops::Shrink, "Shrink", "lambd", "bias">},
      {"Sigmoid", "", unary<"Sigmoid">},
      {"Sign", "", unary<"Sign">},
      {"Sin", "", unary<"Sin">},
      {"Sinh", "", unary<"Sinh">},
      {"Softplus", "", unary<"Softplus">},
      {"Softsign", "", unary<"Softsign">},
      {"Sqrt", "", unary<"Sqrt">},
      {"Square", "", composed<square>},
      {"SquaredDifference", kBinary, binary<ops::SquaredDifference, squared_difference>},
      {"Sub", kBinary, binary<ops::Sub, one<"Sub">>},
      {"Swish", "alpha beta", swish, always, never},
      {"Tan", "", unary<"Tan">},
      {"Tanh", "", unary<"Tanh">},
      {"ThresholdedRelu", "alpha", curve<ops::ThresholdedRelu, "ThresholdedRelu", "alpha">},
  };
  return kRows;
}

}  // namespace slipway::formats
