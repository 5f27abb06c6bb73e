// Arithmetic, comparisons, logic and casts, element by element.

#include <limits>

#include "formats/onnx/node.h"
#include "formats/onnx/numbers.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/quantize.h"
#include "ops/shape/fill.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

/// The two inputs. Before version 7 the second one stretches only if told to, and from an `axis`
/// of the first one on.
Result<std::vector<ValueId>> pair_of(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.version() >= 7 || inputs.size() != 2) return inputs;
  node.ignore("consumed_inputs");
  const bool stretches = SLIPWAY_TRY(node.integer("broadcast", 0)) != 0;
  const bool has_axis = node.has_attribute("axis");
  const auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  const auto& a = node.type(inputs[0]).shape;
  const auto& b = node.type(inputs[1]).shape;
  if (!stretches || !has_axis || b.rank() == 0) return inputs;
  const std::size_t from = SLIPWAY_TRY(checked_axis(axis, a.rank()));
  if (from + b.rank() > a.rank()) {
    return fail(Code::invalid_input, "{} does not stretch to {} from axis {} on", b.text(),
                a.text(), axis);
  }
  std::vector<std::int64_t> dims(b.begin(), b.end());
  dims.resize(a.rank() - from, 1);
  if (dims.size() != b.rank())
    inputs[1] = SLIPWAY_TRY(reshaped(node, inputs[1], dims, "stretched"));
  return inputs;
}

template <class Op>
Result<void> pair(OnnxNode& node) {
  return node.emit(Op{}, SLIPWAY_TRY(pair_of(node)));
}

/// All inputs but the last two joined by an op of two inputs; one input is left, or two.
template <class Op>
Result<std::vector<ValueId>> joined(OnnxNode& node) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.empty()) return fail(Code::invalid_input, "no inputs");
  std::vector<ValueId> left = {inputs[0]};
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (left.size() == 2) left = {SLIPWAY_TRY(node.helper(Op{}, left, "first"))};
    left.push_back(inputs[i]);
  }
  return left;
}

template <class Op>
Result<void> many(OnnxNode& node) {
  auto left = SLIPWAY_TRY(joined<Op>(node));
  return left.size() == 1 ? node.alias(0, left[0]) : node.emit(Op{}, std::move(left));
}

Result<void> mean(OnnxNode& node) {
  const auto count = static_cast<double>(node.input_count());
  auto left = SLIPWAY_TRY(joined<ops::Add>(node));
  if (left.size() == 1) return node.alias(0, left[0]);
  const auto sum = SLIPWAY_TRY(node.helper(ops::Add{}, std::move(left), "sum"));
  const auto divisor = node.constant("count", scalar(node.type(sum).dtype, count));
  return node.emit(ops::Div{}, {sum, divisor});
}

Result<void> bit_shift(OnnxNode& node) {
  const auto direction = SLIPWAY_TRY(node.text("direction", ""));
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (direction == "LEFT") return node.emit(ops::LeftShift{}, std::move(inputs));
  if (direction == "RIGHT") return node.emit(ops::RightShift{}, std::move(inputs));
  return fail(Code::invalid_input, "the direction '{}'", direction);
}

Result<void> mod(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (SLIPWAY_TRY(node.integer("fmod", 0)) != 0) return node.emit(ops::Fmod{}, std::move(inputs));
  return node.emit(ops::FloorMod{}, std::move(inputs));
}

/// Only what is not a number differs from itself.
Result<void> is_nan(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit(ops::NotEqual{}, {x, x});
}

Result<void> is_inf(OnnxNode& node) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool negative = SLIPWAY_TRY(node.integer("detect_negative", 1)) != 0;
  const bool positive = SLIPWAY_TRY(node.integer("detect_positive", 1)) != 0;
  auto x = SLIPWAY_TRY(node.input(0));
  if (!is_float(node.type(x).dtype))
    return fail(Code::unsupported, "infinities of {}", name_of(node.type(x).dtype));
  const double wanted = positive ? kInfinity : -kInfinity;
  const auto infinity = node.constant("infinity", scalar(node.type(x).dtype, wanted));
  if (!negative && !positive) return node.emit(ops::Less{}, {x, infinity});  // nothing is
  if (negative && positive) x = SLIPWAY_TRY(node.helper(ops::Abs{}, {x}, "size"));
  return node.emit(ops::Equal{}, {x, infinity});
}

/// Cast, or x itself where it has the type already.
Result<void> cast_to(OnnxNode& node, DType to) {
  const auto x = SLIPWAY_TRY(node.input(0));
  if (node.type(x).dtype == to && !node.type(x).quant) return node.alias(0, x);
  return node.emit(ops::Cast{.to = to}, {x});
}

Result<void> cast(OnnxNode& node) {
  node.ignore("saturate");  // 8-bit floats only
  if (node.version() < 6) return fail(Code::unsupported, "Cast before version 6");
  return cast_to(node,
                 SLIPWAY_TRY(onnx_dtype(static_cast<int>(SLIPWAY_TRY(node.integer("to", 0))))));
}

Result<void> cast_like(OnnxNode& node) {
  node.ignore("saturate");
  return cast_to(node, node.type(SLIPWAY_TRY(node.input(1))).dtype);
}

/// While a network is run, nothing is dropped.
Result<void> dropout(OnnxNode& node) {
  node.ignore("consumed_inputs");
  node.ignore("is_test");
  node.ignore("seed");
  SLIPWAY_TRY(node.number("ratio", 0.5F));
  if (node.has(2)) {
    const auto training = SLIPWAY_TRY(node.integers(2));
    const auto* ratio = node.known(SLIPWAY_TRY(node.optional_input(1)));
    const bool drops = ratio == nullptr || ratio->elements() != 1 || to_doubles(*ratio)[0] != 0;
    if (training != std::vector<std::int64_t>{0} && drops)
      return fail(Code::unsupported, "training: elements are dropped at random");
  }
  const auto x = SLIPWAY_TRY(node.input(0));
  SLIPWAY_TRY(node.alias(0, x));
  if (!node.wants_output(1)) return {};
  const DType dtype = node.version() < 10 ? node.type(x).dtype : DType::boolean;
  const auto shape = SLIPWAY_TRY(node.helper(ops::ShapeOf{}, {x}, "shape"));
  const auto kept = node.constant("kept", scalar(dtype, 1));
  return node.alias(1, SLIPWAY_TRY(node.helper(ops::Fill{}, {shape, kept}, "mask")));
}

}  // namespace

std::span<const OnnxRow> onnx_elementwise() {
  static constexpr OnnxRow kRows[] = {
      {"Abs", plain<ops::Abs>},
      {"Acos", plain<ops::Acos>},
      {"Acosh", plain<ops::Acosh>},
      {"Add", pair<ops::Add>},
      {"And", pair<ops::And>},
      {"Asin", plain<ops::Asin>},
      {"Asinh", plain<ops::Asinh>},
      {"Atan", plain<ops::Atan>},
      {"Atanh", plain<ops::Atanh>},
      {"BitShift", bit_shift},
      {"BitwiseAnd", plain<ops::BitwiseAnd>},
      {"BitwiseNot", plain<ops::BitwiseNot>},
      {"BitwiseOr", plain<ops::BitwiseOr>},
      {"BitwiseXor", plain<ops::BitwiseXor>},
      {"Cast", cast},
      {"CastLike", cast_like},
      {"Ceil", plain<ops::Ceil>},
      {"Cos", plain<ops::Cos>},
      {"Cosh", plain<ops::Cosh>},
      {"Div", pair<ops::Div>},
      {"Dropout", dropout},
      {"Equal", pair<ops::Equal>},
      {"Erf", plain<ops::Erf>},
      {"Exp", plain<ops::Exp>},
      {"Floor", plain<ops::Floor>},
      {"Greater", pair<ops::Greater>},
      {"GreaterOrEqual", plain<ops::GreaterOrEqual>},
      {"IsInf", is_inf},
      {"IsNaN", is_nan},
      {"Less", pair<ops::Less>},
      {"LessOrEqual", plain<ops::LessOrEqual>},
      {"Log", plain<ops::Log>},
      {"Max", many<ops::Maximum>},
      {"Mean", mean},
      {"Min", many<ops::Minimum>},
      {"Mod", mod},
      {"Mul", pair<ops::Mul>},
      {"Neg", plain<ops::Neg>},
      {"Not", plain<ops::Not>},
      {"Or", pair<ops::Or>},
      {"Pow", pair<ops::Pow>},
      {"Reciprocal", plain<ops::Reciprocal>},
      {"Round", plain<ops::Round>},
      {"Sign", plain<ops::Sign>},
      {"Sin", plain<ops::Sin>},
      {"Sinh", plain<ops::Sinh>},
      {"Sqrt", plain<ops::Sqrt>},
      {"Sub", pair<ops::Sub>},
      {"Sum", many<ops::Add>},
      {"Tan", plain<ops::Tan>},
      {"Where", plain<ops::Select>},
      {"Xor", pair<ops::NotEqual>},
  };
  return kRows;
}

}  // namespace slipway::formats
