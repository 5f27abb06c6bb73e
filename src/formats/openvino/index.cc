// What picks elements by index, counts, and finds the largest.

#include "formats/openvino/node.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/quantize.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/reshape.h"
#include "ops/shape/search.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

Result<void> gather(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto indices = SLIPWAY_TRY(node.input(1));
  auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  if (node.has(2)) {
    const auto given = SLIPWAY_TRY(node.integers(2));
    if (given.size() != 1) return fail(Code::invalid_input, "{} axes", given.size());
    axis = given[0];
  }
  auto batch = SLIPWAY_TRY(node.integer("batch_dims", 0));
  if (batch < 0) batch += static_cast<std::int64_t>(node.type(indices).shape.rank());
  return node.emit(ops::Gather{.axis = axis, .batch_dims = batch}, {x, indices});
}

Result<void> gather_nd(IrNode& node) {
  if (SLIPWAY_TRY(node.integer("batch_dims", 0)) != 0)
    return fail(Code::unsupported, "GatherND with batch_dims");
  return node.emit(ops::GatherND{}, SLIPWAY_TRY(node.inputs()));
}

Result<void> range(IrNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.size() != 3) return fail(Code::corrupt, "{} inputs", inputs.size());
  const auto to = node.has_attribute("output_type")
                      ? SLIPWAY_TRY(ir_dtype(node.text("output_type", "")))
                      : node.type(inputs[0]).dtype;
  for (auto& id : inputs) {
    if (node.type(id).dtype != to) id = SLIPWAY_TRY(node.helper(ops::Cast{to}, {id}, "number"));
  }
  return node.emit(ops::Range{}, std::move(inputs));
}

/// Ours looks for the largest along the last dimension; the smallest are the largest of the
/// negative.
Result<void> top_k(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  const auto rank = node.type(x).shape.rank();
  const auto axis = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("axis", -1)), rank));
  const auto mode = node.text("mode", "max");
  const auto sort = node.text("sort", "value");
  if (mode != "max" && mode != "min") return fail(Code::corrupt, "a mode '{}'", mode);
  if (sort == "index") return fail(Code::unsupported, "TopK sorted by index");
  auto k = SLIPWAY_TRY(node.input(1));
  if (node.type(k).shape.rank() == 1) k = SLIPWAY_TRY(node.helper(ops::Squeeze{{0}}, {k}, "k"));
  const bool negative = mode == "min";
  const bool moved = axis + 1 != rank;
  if (moved) {
    x = SLIPWAY_TRY(node.helper(ops::Transpose{moved_axis(rank, axis, rank - 1)}, {x}, "last"));
  }
  if (negative) x = SLIPWAY_TRY(node.helper(ops::Neg{}, {x}, "negative"));
  const auto index = SLIPWAY_TRY(ir_dtype(node.text("index_element_type", "i32")));
  auto made = SLIPWAY_TRY(node.helper_all(ops::TopK{index}, {x, k}, "found"));
  if (negative) made[0] = SLIPWAY_TRY(node.helper(ops::Neg{}, {made[0]}, "values"));
  for (std::size_t i = 0; i < std::min(made.size(), node.output_count()); ++i) {
    if (moved) {
      const ops::Transpose back{moved_axis(rank, rank - 1, axis)};
      made[i] = SLIPWAY_TRY(node.helper(back, {made[i]}, "back"));
    }
    SLIPWAY_TRY(node.alias(i, made[i]));
  }
  return {};
}

}  // namespace

std::span<const IrRow> ir_index() {
  static constexpr IrRow kRows[] = {
      {"Gather", gather},
      {"GatherND", gather_nd},
      {"Range", range},
      {"TopK", top_k},
  };
  return kRows;
}

}  // namespace slipway::formats
