// Version 3: layers that move elements, by its own names and attributes.

#include <algorithm>

#include "formats/openvino/node.h"
#include "ops/product.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/along_axis.h"
#include "ops/shape/fill.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"

namespace slipway::formats {
namespace {

/// What the file states for the output: the attribute `dim` may say something else there, and the
/// runtime that these files were made for went by the shape.
Result<void> reshape(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  if (node.output_count() != 1) return fail(Code::corrupt, "{} outputs", node.output_count());
  node.ignore({"axis", "dim", "num_axes", "special_zero"});
  const auto& dims = node.layer().outputs[0].dims;
  return node.emit(ops::Reshape{}, {x, node.constant("shape", dims)});
}

/// Dimensions from `axis` to `end_axis` become one.
Result<void> flatten(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto from = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("axis", 1)), dims.size()));
  const auto to = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("end_axis", -1)), dims.size()));
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (i > from && i <= to) {
      shape.back() = saturating_product({shape.back(), dims[i]});
    } else {
      shape.push_back(dims[i]);
    }
  }
  return node.emit(ops::Reshape{}, {x, node.constant("shape", shape)});
}

Result<void> permute(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto order = SLIPWAY_TRY(node.integer_list("order"));
  const auto rank = node.type(x).shape.rank();
  if (rank > 2 && order == moved_axis(rank, 1, rank - 1))
    return node.alias(SLIPWAY_TRY(node.channels_last(x)));
  return node.emit(ops::Transpose{std::move(order)}, {x});
}

/// A part that begins at `offset` and is as large as `dim` or the second input, or what is left
/// between crop_begin and crop_end.
Result<void> crop(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto axes = SLIPWAY_TRY(node.integer_list("axis"));
  const bool ends = node.has_attribute("crop_end");
  const auto begin = SLIPWAY_TRY(node.integer_list(ends ? "crop_begin" : "offset"));
  auto size = SLIPWAY_TRY(node.integer_list(ends ? "crop_end" : "dim"));
  if (!ends && node.has(1)) {
    const auto like = SLIPWAY_TRY(node.known_dims(SLIPWAY_TRY(node.input(1))));
    size.clear();
    for (const auto axis : axes) size.push_back(like[SLIPWAY_TRY(checked_axis(axis, like.size()))]);
  }
  if (begin.size() != axes.size() || size.size() != axes.size())
    return fail(Code::corrupt, "{} axes, {} offsets, {} sizes", axes.size(), begin.size(),
                size.size());
  std::vector<std::int64_t> starts(dims.size(), 0);
  auto sizes = dims;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = SLIPWAY_TRY(checked_axis(axes[i], dims.size()));
    const bool inside =
        begin[i] >= 0 && begin[i] <= dims[axis] && size[i] >= 0 && size[i] <= dims[axis];
    if (!inside) return fail(Code::invalid_input, "{} elements from {} on", size[i], begin[i]);
    starts[axis] = begin[i];
    sizes[axis] = ends ? std::max<std::int64_t>(dims[axis] - begin[i] - size[i], 0) : size[i];
  }
  return node.emit(ops::Slice{.sizes = true},
                   {x, node.constant("starts", starts), node.constant("sizes", sizes)});
}

Result<void> tile(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto rank = node.type(x).shape.rank();
  const auto axis = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("axis", 0)), rank));
  std::vector<std::int64_t> repeats(rank, 1);
  repeats[axis] = SLIPWAY_TRY(node.integer("tiles", 1));
  return node.emit(ops::Tile{}, {x, node.constant("repeats", repeats)});
}

/// The place of the largest, as a real number, in a dimension of 1.
Result<void> arg_max(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  if (SLIPWAY_TRY(node.integer("top_k", 1)) != 1 || SLIPWAY_TRY(node.flag("out_max_val", false)))
    return fail(Code::unsupported, "ArgMax with values, or of more than one");
  if (!node.has_attribute("axis")) return fail(Code::unsupported, "ArgMax without an axis");
  const auto axis = SLIPWAY_TRY(node.integer("axis", 1));
  const ops::ArgMax op{.axis = axis, .keep_dims = true, .to = DType::i32};
  const auto found = SLIPWAY_TRY(node.helper(op, {x}, "place"));
  return node.emit(ops::Cast{DType::f32}, {found});
}

/// One layer for many functions.
Result<void> activation(IrNode& node) {
  const auto type = node.text("type", "");

  struct Row {
    std::string_view type;
    std::string_view layer;
  };

  static constexpr Row kRows[] = {{"clamp", "Clamp"},    {"elu", "Elu"},   {"exp", "Exp"},
                                  {"not", "LogicalNot"}, {"relu", "ReLU"}, {"sigmoid", "Sigmoid"},
                                  {"tanh", "Tanh"}};
  for (const auto& row : kRows) {
    if (row.type == type) return find_ir_converter(true, row.layer)(node);
  }
  return fail(Code::unsupported, "the activation '{}'", type);
}

}  // namespace

std::span<const IrRow> ir_legacy_shape() {
  static constexpr IrRow kRows[] = {
      {"Activation", activation}, {"ArgMax", arg_max},  {"Crop", crop}, {"Flatten", flatten},
      {"Permute", permute},       {"Reshape", reshape}, {"Tile", tile},
  };
  return kRows;
}

}  // namespace slipway::formats
