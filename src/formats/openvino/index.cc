// What picks elements by index, counts, and finds the largest.

#include "formats/openvino/node.h"
#include "ops/elementwise/compare.h"
#include "ops/product.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/bucketize.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/gather_elements.h"
#include "ops/shape/reshape.h"
#include "ops/shape/search.h"
#include "ops/shape/slice.h"
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

/// Versions before 8 make one dimension of those that go together.
Result<void> gather_nd(IrNode& node) {
  const auto inputs = SLIPWAY_TRY(node.inputs());
  const auto batch = SLIPWAY_TRY(node.integer("batch_dims", 0));
  const ops::GatherND op{.batch_dims = batch};
  if (node.layer().version != "opset5" || batch < 2) return node.emit(op, inputs);
  const auto made = SLIPWAY_TRY(node.helper(op, inputs, "picked"));
  const auto dims = SLIPWAY_TRY(node.known_dims(made));
  if (batch > std::ssize(dims)) return fail(Code::invalid_input, "batch_dims is {}", batch);
  std::vector<std::int64_t> shape = {1};
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (static_cast<std::int64_t>(i) < batch) {
      shape[0] = saturating_product({shape[0], dims[i]});
    } else {
      shape.push_back(dims[i]);
    }
  }
  return node.emit(ops::Reshape{}, {made, node.constant("together", shape)});
}

Result<void> gather_elements(IrNode& node) {
  const auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  return node.emit(ops::GatherElements{axis}, SLIPWAY_TRY(node.inputs()));
}

Result<void> scatter_nd(IrNode& node) {
  return node.emit(ops::ScatterND{}, SLIPWAY_TRY(node.inputs()));
}

/// One number of an input that must be known.
Result<std::int64_t> one_integer(IrNode& node, std::size_t i) {
  const auto given = SLIPWAY_TRY(node.integers(i));
  if (given.size() == 1) return given[0];
  return fail(Code::invalid_input, "{} numbers in input {}", given.size(), i);
}

Result<void> scatter_elements(IrNode& node) {
  const auto axis = SLIPWAY_TRY(one_integer(node, 3));
  return node.emit(
      ops::ScatterElements{axis},
      {SLIPWAY_TRY(node.input(0)), SLIPWAY_TRY(node.input(1)), SLIPWAY_TRY(node.input(2))});
}

/// Slices along an axis replaced: with that axis in front, ScatterND by rows of one index.
Result<void> scatter_update(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  auto indices = SLIPWAY_TRY(node.input(1));
  auto updates = SLIPWAY_TRY(node.input(2));
  const auto rank = node.type(x).shape.rank();
  const auto axis = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(one_integer(node, 3)), rank));
  const auto places = node.type(indices).shape.rank();
  if (node.type(updates).shape.rank() + 1 != rank + places)
    return fail(Code::invalid_input, "updates {} of {}", node.type(updates).shape.text(),
                node.type(x).shape.text());
  if (rank + places > Shape::kMaxRank)
    return fail(Code::unsupported, "{} dimensions", rank + places);
  indices = SLIPWAY_TRY(node.helper(ops::Unsqueeze{{-1}}, {indices}, "rows"));
  if (axis > 0) {
    x = SLIPWAY_TRY(node.helper(ops::Transpose{moved_axis(rank, axis, 0)}, {x}, "front"));
    // The dimensions of the indices stand where the axis stood; they go to the front as a block.
    std::vector<std::int64_t> perm;
    const auto all = static_cast<std::int64_t>(rank + places - 1);
    const auto from = static_cast<std::int64_t>(axis);
    const auto to = static_cast<std::int64_t>(axis + places);
    for (std::int64_t i = from; i < to; ++i) perm.push_back(i);
    for (std::int64_t i = 0; i < from; ++i) perm.push_back(i);
    for (std::int64_t i = to; i < all; ++i) perm.push_back(i);
    updates = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {updates}, "updates"));
  }
  const std::vector<ValueId> inputs = {x, indices, updates};
  if (axis == 0) return node.emit(ops::ScatterND{}, inputs);
  const auto made = SLIPWAY_TRY(node.helper(ops::ScatterND{}, inputs, "updated"));
  return node.emit(ops::Transpose{moved_axis(rank, 0, axis)}, {made});
}

Result<void> cumsum(IrNode& node) {
  ops::Cumsum op;
  op.axis = SLIPWAY_TRY(one_integer(node, 1));
  op.exclusive = SLIPWAY_TRY(node.flag("exclusive", false));
  op.reverse = SLIPWAY_TRY(node.flag("reverse", false));
  return node.emit(op, {SLIPWAY_TRY(node.input(0))});
}

Result<void> reverse_sequence(IrNode& node) {
  ops::ReverseSequence op;
  const auto x = SLIPWAY_TRY(node.input(0));
  auto lengths = SLIPWAY_TRY(node.input(1));
  const auto rank = node.type(x).shape.rank();
  const auto axis = [&](const char* name, std::int64_t fallback) -> Result<std::int64_t> {
    const auto given = SLIPWAY_TRY(node.integer(name, fallback));
    return static_cast<std::int64_t>(SLIPWAY_TRY(checked_axis(given, rank)));
  };
  op.batch_axis = SLIPWAY_TRY(axis("batch_axis", 0));
  op.time_axis = SLIPWAY_TRY(axis("seq_axis", 1));
  const auto dtype = node.type(lengths).dtype;
  if (dtype != DType::i32 && dtype != DType::i64)
    lengths = SLIPWAY_TRY(node.helper(ops::Cast{DType::i64}, {lengths}, "lengths"));
  return node.emit(op, {x, lengths});
}

Result<void> one_hot(IrNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.size() != 4) return fail(Code::corrupt, "{} inputs", inputs.size());
  const auto axis = SLIPWAY_TRY(node.integer("axis", -1));
  return node.emit(ops::OneHot{.axis = axis}, std::move(inputs));
}

Result<void> bucketize(IrNode& node) {
  const bool right = SLIPWAY_TRY(node.flag("with_right_bound", true));
  const auto to = SLIPWAY_TRY(ir_dtype(node.text("output_type", "i64")));
  return node.emit(ops::Bucketize{.closed = !right, .to = to}, SLIPWAY_TRY(node.inputs()));
}

Result<void> non_zero(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto to = SLIPWAY_TRY(ir_dtype(node.text("output_type", "i64")));
  if (to == DType::i64) return node.emit(ops::NonZero{}, {x});
  const auto places = SLIPWAY_TRY(node.helper(ops::NonZero{}, {x}, "places"));
  return node.emit(ops::Cast{to}, {places});
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

/// By value, or by where they stand: then the places are sorted as numbers, and the values picked
/// anew.
Result<void> top_k(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto rank = node.type(x).shape.rank();
  const auto axis = static_cast<std::int64_t>(
      SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("axis", -1)), rank)));
  const auto mode = node.text("mode", "max");
  const auto sort = node.text("sort", "value");
  if (mode != "max" && mode != "min") return fail(Code::corrupt, "a mode '{}'", mode);
  if (sort != "value" && sort != "index" && sort != "none")
    return fail(Code::corrupt, "sorted by '{}'", sort);
  node.ignore({"stable"});  // among equals ours takes the first
  auto k = SLIPWAY_TRY(node.input(1));
  if (node.type(k).shape.rank() == 1) k = SLIPWAY_TRY(node.helper(ops::Squeeze{{0}}, {k}, "k"));
  const auto index = SLIPWAY_TRY(ir_dtype(node.text("index_element_type", "i32")));
  const ops::TopK best{.index_type = index, .axis = axis, .largest = mode == "max"};
  auto made = SLIPWAY_TRY(node.helper_all(best, {x, k}, "found"));
  if (sort == "index") {
    const ops::TopK in_order{.index_type = index, .axis = axis, .largest = false};
    const auto sorted = SLIPWAY_TRY(node.helper_all(in_order, {made[1], k}, "sorted"));
    made = {SLIPWAY_TRY(node.helper(ops::GatherElements{axis}, {x, sorted[0]}, "values")),
            sorted[0]};
  }
  for (std::size_t i = 0; i < std::min(made.size(), node.output_count()); ++i)
    SLIPWAY_TRY(node.alias(i, made[i]));
  return {};
}

}  // namespace

std::span<const IrRow> ir_index() {
  static constexpr IrRow kRows[] = {
      {"Bucketize", bucketize},
      {"CumSum", cumsum},
      {"Gather", gather},
      {"GatherElements", gather_elements},
      {"GatherND", gather_nd},
      {"NonZero", non_zero},
      {"OneHot", one_hot},
      {"Range", range},
      {"ReverseSequence", reverse_sequence},
      {"ScatterElementsUpdate", scatter_elements},
      {"ScatterNDUpdate", scatter_nd},
      {"ScatterUpdate", scatter_update},
      {"TopK", top_k},
  };
  return kRows;
}

}  // namespace slipway::formats
