// Activations and other functions of one value.

#include <cmath>
#include <limits>

#include "formats/openvino/node.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/quantize.h"

namespace slipway::formats {
namespace {

template <class Op>
Result<void> unary(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit_elementwise(Op{}, {x});
}

/// A number of the element type of `like`.
ValueId bound(IrNode& node, std::string_view purpose, double value, DType like) {
  TensorBuilder builder({like, {}, {}});
  visit(like, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::min());
      constexpr auto kHigh = static_cast<double>(std::numeric_limits<T>::max());
      builder.values<T>()[0] = value <= kLow    ? std::numeric_limits<T>::min()
                               : value >= kHigh ? std::numeric_limits<T>::max()
                                                : static_cast<T>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      builder.values<T>()[0] = static_cast<T>(value);
    }
  });
  return node.constant(purpose, std::move(builder).build());
}

Result<void> clamp(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const float low = SLIPWAY_TRY(node.number("min", -INFINITY));
  const float high = SLIPWAY_TRY(node.number("max", INFINITY));
  const auto dtype = node.type(x).dtype;
  if (dtype == DType::f32 && low == 0 && high == 6) return unary<ops::Relu6>(node);
  if (dtype == DType::f32 && low == 0 && high == 1) return unary<ops::Relu0To1>(node);
  if (dtype == DType::f32 && low == -1 && high == 1) return unary<ops::ReluN1To1>(node);
  const bool whole = is_integer(dtype);
  const auto least = bound(node, "min", whole ? std::ceil(low) : low, dtype);
  const auto most = bound(node, "max", whole ? std::floor(high) : high, dtype);
  const auto raised = SLIPWAY_TRY(node.elementwise(ops::Maximum{}, {x, least}, "raised"));
  return node.emit_elementwise(ops::Minimum{}, {raised, most});
}

/// alpha * (e^x - 1) below 0
Result<void> elu(IrNode& node) {
  const float alpha = SLIPWAY_TRY(node.number("alpha", 1));
  if (alpha == 1) return unary<ops::Elu>(node);
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto zero = node.constant("zero", 0.0F);
  const auto below = SLIPWAY_TRY(node.elementwise(ops::Minimum{}, {x, zero}, "below"));
  const auto curve = SLIPWAY_TRY(node.elementwise(ops::Elu{}, {below}, "curve"));
  const auto scaled =
      SLIPWAY_TRY(node.elementwise(ops::Mul{}, {curve, node.constant("alpha", alpha)}, "scaled"));
  const auto above = SLIPWAY_TRY(node.elementwise(ops::Relu{}, {x}, "above"));
  return node.emit_elementwise(ops::Add{}, {above, scaled});
}

/// x * sigmoid(beta * x)
Result<void> swish(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto scaled = x;
  const auto beta = node.has(1) ? SLIPWAY_TRY(node.numbers(1)) : std::vector<float>{1};
  if (beta.size() != 1) return fail(Code::invalid_input, "{} betas", beta.size());
  if (beta[0] != 1) {
    scaled =
        SLIPWAY_TRY(node.elementwise(ops::Mul{}, {x, node.constant("beta", beta[0])}, "scaled"));
  }
  const auto gate = SLIPWAY_TRY(node.elementwise(ops::Sigmoid{}, {scaled}, "gate"));
  return node.emit_elementwise(ops::Mul{}, {x, gate});
}

/// log(1 + e^x) as max(x, 0) + log(1 + e^-|x|), which never overflows
Result<std::pair<ValueId, ValueId>> soft_plus_terms(IrNode& node, ValueId x) {
  const auto size = SLIPWAY_TRY(node.elementwise(ops::Abs{}, {x}, "size"));
  const auto negative = SLIPWAY_TRY(node.elementwise(ops::Neg{}, {size}, "negative"));
  const auto power = SLIPWAY_TRY(node.elementwise(ops::Exp{}, {negative}, "power"));
  const auto sum =
      SLIPWAY_TRY(node.elementwise(ops::Add{}, {power, node.constant("one", 1.0F)}, "sum"));
  const auto rest = SLIPWAY_TRY(node.elementwise(ops::Log{}, {sum}, "rest"));
  const auto above = SLIPWAY_TRY(node.elementwise(ops::Relu{}, {x}, "above"));
  return std::pair(above, rest);
}

Result<void> soft_plus(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto [above, rest] = SLIPWAY_TRY(soft_plus_terms(node, x));
  return node.emit_elementwise(ops::Add{}, {above, rest});
}

/// x * tanh(log(1 + e^x))
Result<void> mish(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto [above, rest] = SLIPWAY_TRY(soft_plus_terms(node, x));
  const auto plus = SLIPWAY_TRY(node.elementwise(ops::Add{}, {above, rest}, "plus"));
  const auto gate = SLIPWAY_TRY(node.elementwise(ops::Tanh{}, {plus}, "gate"));
  return node.emit_elementwise(ops::Mul{}, {x, gate});
}

/// min(1, max(0, scale * x + shift))
Result<void> hard_sigmoid_of(IrNode& node, float scale, float shift) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto scaled =
      SLIPWAY_TRY(node.elementwise(ops::Mul{}, {x, node.constant("scale", scale)}, "scaled"));
  const auto shifted =
      SLIPWAY_TRY(node.elementwise(ops::Add{}, {scaled, node.constant("shift", shift)}, "shifted"));
  return node.emit_elementwise(ops::Relu0To1{}, {shifted});
}

Result<void> h_sigmoid(IrNode& node) { return hard_sigmoid_of(node, 1.0F / 6, 0.5F); }

Result<float> one_number(IrNode& node, std::size_t i) {
  const auto values = SLIPWAY_TRY(node.numbers(i));
  if (values.size() != 1)
    return fail(Code::invalid_input, "input {} has {} numbers", i, values.size());
  return values[0];
}

Result<void> hard_sigmoid(IrNode& node) {
  const float scale = SLIPWAY_TRY(one_number(node, 1));
  const float shift = SLIPWAY_TRY(one_number(node, 2));
  return hard_sigmoid_of(node, scale, shift);
}

/// lambda * x above 0, lambda * alpha * (e^x - 1) below
Result<void> selu(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const float alpha = SLIPWAY_TRY(one_number(node, 1));
  const float lambda = SLIPWAY_TRY(one_number(node, 2));
  const auto zero = node.constant("zero", 0.0F);
  const auto below = SLIPWAY_TRY(node.elementwise(ops::Minimum{}, {x, zero}, "below"));
  const auto curve = SLIPWAY_TRY(node.elementwise(ops::Elu{}, {below}, "curve"));
  const auto scaled =
      SLIPWAY_TRY(node.elementwise(ops::Mul{}, {curve, node.constant("alpha", alpha)}, "scaled"));
  const auto above = SLIPWAY_TRY(node.elementwise(ops::Relu{}, {x}, "above"));
  const auto sum = SLIPWAY_TRY(node.elementwise(ops::Add{}, {above, scaled}, "sum"));
  return node.emit_elementwise(ops::Mul{}, {sum, node.constant("lambda", lambda)});
}

Result<void> gelu(IrNode& node) {
  const auto mode = node.text("approximation_mode", "ERF");
  const bool tanh = mode == "TANH" || mode == "tanh";
  if (!tanh && mode != "ERF" && mode != "erf") return fail(Code::corrupt, "a mode '{}'", mode);
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit_elementwise(ops::Gelu{.approximate = tanh}, {x});
}

/// A slope per channel broadcasts from dimension 1 on.
Result<void> p_relu(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto slope = SLIPWAY_TRY(node.input(1));
  slope = SLIPWAY_TRY(node.per_channel(slope, x));
  return node.emit_elementwise(ops::PRelu{}, {x, slope});
}

/// Version 3 has leaky ones, too.
Result<void> relu(IrNode& node) {
  const float slope = SLIPWAY_TRY(node.number("negative_slope", 0));
  if (slope == 0) return unary<ops::Relu>(node);
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit_elementwise(ops::LeakyRelu{slope}, {x});
}

/// Half floats became f32 when they were read, so nothing goes to them.
Result<void> convert(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto to = SLIPWAY_TRY(ir_dtype(node.text("destination_type", node.text("precision", ""))));
  if (node.type(x).dtype == to) return node.alias(x);
  return node.emit_elementwise(ops::Cast{to}, {x});
}

Result<void> convert_like(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto to = node.type(SLIPWAY_TRY(node.input(1))).dtype;
  if (node.type(x).dtype == to) return node.alias(x);
  return node.emit_elementwise(ops::Cast{to}, {x});
}

}  // namespace

std::span<const IrRow> ir_activation() {
  static constexpr IrRow kRows[] = {
      {"Abs", unary<ops::Abs>},
      {"Ceiling", unary<ops::Ceil>},
      {"Clamp", clamp},
      {"Convert", convert},
      {"ConvertLike", convert_like},
      {"Cos", unary<ops::Cos>},
      {"ELU", elu},
      {"Elu", elu},
      {"Exp", unary<ops::Exp>},
      {"Floor", unary<ops::Floor>},
      {"Gelu", gelu},
      {"HSigmoid", h_sigmoid},
      {"HSwish", unary<ops::HardSwish>},
      {"HardSigmoid", hard_sigmoid},
      {"Log", unary<ops::Log>},
      {"LogicalNot", unary<ops::Not>},
      {"Mish", mish},
      {"Negative", unary<ops::Neg>},
      {"PReLU", p_relu},
      {"ReLU", relu},
      {"Selu", selu},
      {"Sigmoid", unary<ops::Sigmoid>},
      {"Sign", unary<ops::Sign>},
      {"Sin", unary<ops::Sin>},
      {"SoftPlus", soft_plus},
      {"Sqrt", unary<ops::Sqrt>},
      {"Swish", swish},
      {"TanH", unary<ops::Tanh>},
      {"Tanh", unary<ops::Tanh>},
  };
  return kRows;
}

}  // namespace slipway::formats
