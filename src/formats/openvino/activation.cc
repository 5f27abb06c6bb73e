// Activations and other functions of one value.

#include <algorithm>
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

Result<void> elu(IrNode& node) {
  const float alpha = SLIPWAY_TRY(node.number("alpha", 1));
  return node.emit_elementwise(ops::Elu{.alpha = alpha}, {SLIPWAY_TRY(node.input(0))});
}

Result<void> swish(IrNode& node) {
  const auto beta = node.has(1) ? SLIPWAY_TRY(node.numbers(1)) : std::vector<float>{1};
  if (beta.size() != 1) return fail(Code::invalid_input, "{} betas", beta.size());
  return node.emit_elementwise(ops::Swish{.alpha = beta[0]}, {SLIPWAY_TRY(node.input(0))});
}

Result<void> h_sigmoid(IrNode& node) {
  const ops::HardSigmoid op{.alpha = 1.0F / 6, .beta = 0.5F};
  return node.emit_elementwise(op, {SLIPWAY_TRY(node.input(0))});
}

Result<float> one_number(IrNode& node, std::size_t i) {
  const auto values = SLIPWAY_TRY(node.numbers(i));
  if (values.size() != 1)
    return fail(Code::invalid_input, "input {} has {} numbers", i, values.size());
  return values[0];
}

/// An op whose two numbers are inputs 1 and 2.
template <class Op>
Result<void> with_two_numbers(IrNode& node) {
  Op op;
  op.alpha = SLIPWAY_TRY(one_number(node, 1));
  op.beta = SLIPWAY_TRY(one_number(node, 2));
  return node.emit_elementwise(op, {SLIPWAY_TRY(node.input(0))});
}

/// To the nearest whole number; of two the even one, or the one away from 0.
Result<void> round(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto mode = node.text("mode", "half_to_even");
  std::ranges::transform(mode, mode.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (mode == "half_to_even") return node.emit_elementwise(ops::Round{}, {x});
  if (mode != "half_away_from_zero") return fail(Code::corrupt, "a mode '{}'", mode);
  // Half of what is between x and its whole part, doubled, is exact; so is taking it away.
  const auto size = SLIPWAY_TRY(node.elementwise(ops::Abs{}, {x}, "size"));
  const auto down = SLIPWAY_TRY(node.elementwise(ops::Floor{}, {size}, "down"));
  const auto rest = SLIPWAY_TRY(node.elementwise(ops::Sub{}, {size, down}, "rest"));
  const auto twice =
      SLIPWAY_TRY(node.elementwise(ops::Mul{}, {rest, node.constant("two", 2.0F)}, "twice"));
  const auto one = SLIPWAY_TRY(node.elementwise(ops::Floor{}, {twice}, "one"));
  const auto whole = SLIPWAY_TRY(node.elementwise(ops::Add{}, {down, one}, "whole"));
  const auto sign = SLIPWAY_TRY(node.elementwise(ops::Sign{}, {x}, "sign"));
  return node.emit_elementwise(ops::Mul{}, {sign, whole});
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
      {"Acos", unary<ops::Acos>},
      {"Acosh", unary<ops::Acosh>},
      {"Asin", unary<ops::Asin>},
      {"Asinh", unary<ops::Asinh>},
      {"Atan", unary<ops::Atan>},
      {"Atanh", unary<ops::Atanh>},
      {"Ceiling", unary<ops::Ceil>},
      {"Clamp", clamp},
      {"Convert", convert},
      {"ConvertLike", convert_like},
      {"Cos", unary<ops::Cos>},
      {"Cosh", unary<ops::Cosh>},
      {"ELU", elu},
      {"Elu", elu},
      {"Erf", unary<ops::Erf>},
      {"Exp", unary<ops::Exp>},
      {"Floor", unary<ops::Floor>},
      {"Gelu", gelu},
      {"HSigmoid", h_sigmoid},
      {"HSwish", unary<ops::HardSwish>},
      {"HardSigmoid", with_two_numbers<ops::HardSigmoid>},
      {"Log", unary<ops::Log>},
      {"LogicalNot", unary<ops::Not>},
      {"Mish", unary<ops::Mish>},
      {"Negative", unary<ops::Neg>},
      {"PReLU", p_relu},
      {"ReLU", relu},
      {"Round", round},
      {"Selu", with_two_numbers<ops::Selu>},
      {"Sigmoid", unary<ops::Sigmoid>},
      {"Sign", unary<ops::Sign>},
      {"Sin", unary<ops::Sin>},
      {"Sinh", unary<ops::Sinh>},
      {"SoftPlus", unary<ops::Softplus>},
      {"SoftSign", unary<ops::Softsign>},
      {"Sqrt", unary<ops::Sqrt>},
      {"Swish", swish},
      {"Tan", unary<ops::Tan>},
      {"TanH", unary<ops::Tanh>},
      {"Tanh", unary<ops::Tanh>},
  };
  return kRows;
}

}  // namespace slipway::formats
