// What picks and puts elements by index.

#include "formats/onnx/lists.h"
#include "formats/onnx/node.h"
#include "ops/quant/quantize.h"
#include "ops/shape/distinct.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/gather_elements.h"
#include "ops/shape/reshape.h"
#include "ops/shape/search.h"

namespace slipway::formats {
namespace {

Result<void> gather(OnnxNode& node) {
  const auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  return node.emit(ops::Gather{axis}, SLIPWAY_TRY(node.inputs()));
}

Result<void> gather_elements(OnnxNode& node) {
  const auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  return node.emit(ops::GatherElements{axis}, SLIPWAY_TRY(node.inputs()));
}

Result<void> gather_nd(OnnxNode& node) {
  const auto batch_dims = SLIPWAY_TRY(node.integer("batch_dims", 0));
  return node.emit(ops::GatherND{batch_dims}, SLIPWAY_TRY(node.inputs()));
}

Result<Reduction> reduction(OnnxNode& node) {
  const auto name = SLIPWAY_TRY(node.text("reduction", "none"));
  Reduction reduction{};
  SLIPWAY_TRY(field::parse(name, reduction).during("the attribute 'reduction'"));
  return reduction;
}

/// Scatter, which became ScatterElements, too.
Result<void> scatter_elements(OnnxNode& node) {
  ops::ScatterElements op{SLIPWAY_TRY(node.integer("axis", 0))};
  op.reduction = SLIPWAY_TRY(reduction(node));
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> scatter_nd(OnnxNode& node) {
  const ops::ScatterND op{SLIPWAY_TRY(reduction(node))};
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

/// x, or, where no axis is given, its elements one behind the other.
Result<ValueId> flat_without_axis(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  if (node.has_attribute("axis")) return x;
  return node.helper(ops::Reshape{}, {x, node.constant("shape", list_of({std::int64_t{-1}}))},
                     "flat");
}

Result<void> compress(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(flat_without_axis(node));
  const auto axis = SLIPWAY_TRY(node.integer("axis", 0));
  const auto condition = SLIPWAY_TRY(node.input(1));
  return node.emit(ops::Compress{axis}, {x, condition});
}

Result<void> unique(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(flat_without_axis(node));
  ops::Unique op{SLIPWAY_TRY(node.integer("axis", 0))};
  op.sorted = SLIPWAY_TRY(node.integer("sorted", 1)) != 0;
  return node.emit(op, {x});
}

Result<void> non_zero(OnnxNode& node) {
  return node.emit(ops::NonZero{}, SLIPWAY_TRY(node.inputs()));
}

Result<void> top_k(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  ops::TopK op{.axis = SLIPWAY_TRY(node.integer("axis", -1))};
  op.largest = SLIPWAY_TRY(node.integer("largest", 1)) != 0;
  node.ignore("sorted");  // without it any order is right
  if (node.version() < 10)
    inputs.push_back(node.constant("k", list_of({SLIPWAY_TRY(node.integer("k", 0))})));
  return node.emit(op, std::move(inputs));
}

/// The value as integers that index: files may have any numbers there.
Result<ValueId> as_index(OnnxNode& node, std::size_t i, std::string_view purpose) {
  const auto value = SLIPWAY_TRY(node.input(i));
  const auto dtype = node.type(value).dtype;
  if (dtype == DType::i32 || dtype == DType::i64) return value;
  return node.helper(ops::Cast{DType::i64}, {value}, purpose);
}

Result<void> one_hot(OnnxNode& node) {
  const auto indices = SLIPWAY_TRY(as_index(node, 0, "indices"));
  const auto depth = SLIPWAY_TRY(as_index(node, 1, "depth"));
  const auto values = SLIPWAY_TRY(node.input(2));
  const auto value = [&](std::int64_t i, std::string_view purpose) {
    const auto at = node.constant(fmt::format("{}_at", purpose), Tensor::of<std::int64_t>({}, {i}));
    return node.helper(ops::Gather{}, {values, at}, purpose);
  };
  const auto off = SLIPWAY_TRY(value(0, "off"));
  const auto on = SLIPWAY_TRY(value(1, "on"));
  const auto axis = SLIPWAY_TRY(node.integer("axis", -1));
  return node.emit(ops::OneHot{.axis = axis, .from_the_end = true}, {indices, depth, on, off});
}

}  // namespace

std::span<const OnnxRow> onnx_index() {
  static constexpr OnnxRow kRows[] = {
      {"Compress", compress},
      {"Gather", gather},
      {"GatherElements", gather_elements},
      {"GatherND", gather_nd},
      {"NonZero", non_zero},
      {"OneHot", one_hot},
      {"Scatter", scatter_elements},
      {"ScatterElements", scatter_elements},
      {"ScatterND", scatter_nd},
      {"TopK", top_k},
      {"Unique", unique},
  };
  return kRows;
}

}  // namespace slipway::formats
