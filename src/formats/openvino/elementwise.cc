// Arithmetic, comparisons and logic of two values; quantization in floats.

#include "formats/openvino/node.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/fake_quantize.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

/// Errors  unsupported: a way to broadcast that is not NumPy's; invalid_input: shapes that differ
Result<void> check_broadcast(IrNode& node) {
  const auto kind = node.text("auto_broadcast", "numpy");
  if (kind == "numpy" || kind == "none") return {};
  const auto a = SLIPWAY_TRY(node.input(0));
  const auto b = SLIPWAY_TRY(node.input(1));
  if (node.type(a).shape == node.type(b).shape) return {};
  return fail(Code::unsupported, "auto_broadcast '{}'", kind);
}

/// Ranks made equal by ones in front, so that both operands can change their layout.
Result<std::vector<ValueId>> same_rank(IrNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  std::size_t rank = 0;
  for (const auto id : inputs) rank = std::max(rank, node.type(id).shape.rank());
  for (auto& id : inputs) {
    const auto missing = rank - node.type(id).shape.rank();
    if (missing == 0 || node.known(id) == nullptr || node.known(id)->elements() == 1) continue;
    std::vector<std::int64_t> axes;
    for (std::size_t i = 0; i < missing; ++i) axes.push_back(static_cast<std::int64_t>(i));
    id = SLIPWAY_TRY(node.helper(ops::Unsqueeze{axes}, {id}, "ranked"));
  }
  return inputs;
}

template <class Op>
Result<void> binary(IrNode& node) {
  SLIPWAY_TRY(check_broadcast(node));
  return node.emit_elementwise(Op{}, SLIPWAY_TRY(same_rank(node)));
}

/// Whole numbers are divided as Python does, rounding down, unless the file says otherwise.
Result<void> divide(IrNode& node) {
  const auto a = SLIPWAY_TRY(node.input(0));
  const bool python = SLIPWAY_TRY(node.flag("m_pythondiv", true));
  if (is_integer(node.type(a).dtype) && python) return binary<ops::FloorDiv>(node);
  return binary<ops::Div>(node);
}

/// The rest with the sign of the dividend: sign(a) * FloorMod(|a|, |b|).
Result<void> mod(IrNode& node) {
  SLIPWAY_TRY(check_broadcast(node));
  const auto inputs = SLIPWAY_TRY(same_rank(node));
  if (inputs.size() != 2) return fail(Code::corrupt, "{} inputs", inputs.size());
  const auto a = SLIPWAY_TRY(node.elementwise(ops::Abs{}, {inputs[0]}, "dividend"));
  const auto b = SLIPWAY_TRY(node.elementwise(ops::Abs{}, {inputs[1]}, "divisor"));
  const auto rest = SLIPWAY_TRY(node.elementwise(ops::FloorMod{}, {a, b}, "rest"));
  const auto sign = SLIPWAY_TRY(node.elementwise(ops::Sign{}, {inputs[0]}, "sign"));
  return node.emit_elementwise(ops::Mul{}, {sign, rest});
}

Result<void> fake_quantize(IrNode& node) {
  const auto levels = SLIPWAY_TRY(node.integer("levels", 256));
  SLIPWAY_TRY(check_broadcast(node));
  return node.emit_elementwise(ops::FakeQuantize{levels}, SLIPWAY_TRY(same_rank(node)));
}

}  // namespace

std::span<const IrRow> ir_elementwise() {
  static constexpr IrRow kRows[] = {
      {"Add", binary<ops::Add>},
      {"Divide", divide},
      {"Equal", binary<ops::Equal>},
      {"FakeQuantize", fake_quantize},
      {"FloorMod", binary<ops::FloorMod>},
      {"Greater", binary<ops::Greater>},
      {"GreaterEqual", binary<ops::GreaterOrEqual>},
      {"Less", binary<ops::Less>},
      {"LessEqual", binary<ops::LessOrEqual>},
      {"LogicalAnd", binary<ops::And>},
      {"LogicalOr", binary<ops::Or>},
      {"LogicalXor", binary<ops::NotEqual>},
      {"Maximum", binary<ops::Maximum>},
      {"Minimum", binary<ops::Minimum>},
      {"Mod", mod},
      {"Multiply", binary<ops::Mul>},
      {"NotEqual", binary<ops::NotEqual>},
      {"Power", binary<ops::Pow>},
      {"Select", binary<ops::Select>},
      {"SquaredDifference", binary<ops::SquaredDifference>},
      {"Subtract", binary<ops::Sub>},
  };
  return kRows;
}

}  // namespace slipway::formats
