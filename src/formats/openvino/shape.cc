// What changes shapes, joins and cuts.

#include <algorithm>

#include "formats/openvino/node.h"
#include "ops/product.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

Result<std::size_t> axis_of(IrNode& node, ValueId x, std::int64_t axis) {
  return checked_axis(axis, node.type(x).shape.rank());
}

/// Where a dimension of a channels-first value stands when its channels are last.
std::int64_t last_axis(std::size_t axis, std::size_t rank) {
  if (axis == 0) return 0;
  return static_cast<std::int64_t>(axis == 1 ? rank - 1 : axis - 1);
}

Result<void> reshape(IrNode& node) {
  const bool special = SLIPWAY_TRY(node.flag("special_zero", false));
  return node.emit(ops::Reshape{.zero_copies = special}, SLIPWAY_TRY(node.inputs()));
}

Result<void> squeeze(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto axes = node.has(1) ? SLIPWAY_TRY(node.integers(1)) : std::vector<std::int64_t>{};
  return node.emit(ops::Squeeze{std::move(axes)}, {x});
}

Result<void> unsqueeze(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit(ops::Unsqueeze{SLIPWAY_TRY(node.integers(1))}, {x});
}

Result<void> transpose(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto order = node.legacy() && !node.has(1) ? SLIPWAY_TRY(node.integer_list("order"))
                                             : SLIPWAY_TRY(node.integers(1));
  const auto rank = node.type(x).shape.rank();
  // The file's own way to channels last.
  if (rank > 2 && order == moved_axis(rank, 1, rank - 1)) {
    return node.alias(SLIPWAY_TRY(node.channels_last(x)));
  }
  return node.emit(ops::Transpose{std::move(order)}, {x});
}

Result<void> concat(IrNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.empty()) return fail(Code::invalid_input, "nothing to join");
  const auto axis = SLIPWAY_TRY(axis_of(node, inputs[0], SLIPWAY_TRY(node.integer("axis", 1))));
  const auto rank = node.type(inputs[0]).shape.rank();
  const bool last =
      rank > 2 &&
      std::ranges::all_of(inputs,
                          [&](ValueId id) {
                            return node.type(id).shape.rank() == rank && node.has_channels_last(id);
                          }) &&
      std::ranges::any_of(inputs, [&](ValueId id) { return !node.known(id); });
  if (!last) return node.emit(ops::Concat{static_cast<std::int64_t>(axis)}, std::move(inputs));
  for (auto& id : inputs) id = SLIPWAY_TRY(node.channels_last(id));
  return node.emit_channels_last(ops::Concat{last_axis(axis, rank)}, std::move(inputs));
}

/// Pieces along an axis, with channels last where that costs nothing.
Result<void> pieces(IrNode& node, std::size_t axis, std::vector<ValueId> inputs) {
  const auto parts = static_cast<std::int64_t>(node.output_count());
  const auto rank = node.type(inputs[0]).shape.rank();
  const bool last = rank > 2 && !node.known(inputs[0]) && node.has_channels_last(inputs[0]);
  if (last) inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  const ops::Split op{last ? last_axis(axis, rank) : static_cast<std::int64_t>(axis), parts};
  const auto made = SLIPWAY_TRY(node.helper_all(op, std::move(inputs), "pieces"));
  for (std::size_t i = 0; i < made.size(); ++i) {
    SLIPWAY_TRY(node.alias(i, last ? SLIPWAY_TRY(node.channels_first(made[i])) : made[i]));
  }
  return {};
}

/// The axis as input 1, or in version 3 as attribute.
Result<std::size_t> split_axis(IrNode& node, ValueId x) {
  if (!node.has(1)) return axis_of(node, x, SLIPWAY_TRY(node.integer("axis", 1)));
  const auto axis = SLIPWAY_TRY(node.integers(1));
  if (axis.size() != 1) return fail(Code::invalid_input, "{} axes", axis.size());
  return axis_of(node, x, axis[0]);
}

/// Version 3 says with the shapes of the outputs how long the pieces are.
Result<void> split(IrNode& node) {
  if (node.legacy()) node.ignore({"dim", "num_split", "slice_point"});
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto axis = SLIPWAY_TRY(split_axis(node, x));
  const auto parts = static_cast<std::int64_t>(node.output_count());
  if (!node.legacy()) {
    if (SLIPWAY_TRY(node.integer("num_splits", parts)) != parts)
      return fail(Code::invalid_input, "{} outputs", parts);
    return pieces(node, axis, {x});
  }
  std::vector<std::int64_t> sizes;
  for (const auto& port : node.layer().outputs) {
    if (axis >= port.dims.size())
      return fail(Code::corrupt, "an output without dimension {}", axis);
    sizes.push_back(port.dims[axis]);
  }
  return pieces(node, axis, {x, node.constant("sizes", sizes)});
}

Result<void> variadic_split(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto axis = SLIPWAY_TRY(split_axis(node, x));
  return pieces(node, axis, {x, SLIPWAY_TRY(node.input(2))});
}

/// "1,0,1" as bits; the file's masks of begin and end are those of TensorFlow, except in version 3,
/// where 0 leaves a number out.
Result<std::int32_t> mask(IrNode& node, std::string_view name, bool inverted) {
  std::int32_t bits = 0;
  const auto list = SLIPWAY_TRY(node.integer_list(name));
  if (list.size() > 31) return fail(Code::invalid_input, "a mask of {} bits", list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    if ((list[i] != 0) != inverted) bits |= std::int32_t{1} << i;
  }
  return bits;
}

Result<void> strided_slice(IrNode& node) {
  ops::StridedSlice op;
  op.begin_mask = SLIPWAY_TRY(mask(node, "begin_mask", node.legacy()));
  op.end_mask = SLIPWAY_TRY(mask(node, "end_mask", node.legacy()));
  op.ellipsis_mask = SLIPWAY_TRY(mask(node, "ellipsis_mask", false));
  op.new_axis_mask = SLIPWAY_TRY(mask(node, "new_axis_mask", false));
  op.shrink_axis_mask = SLIPWAY_TRY(mask(node, "shrink_axis_mask", false));
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.size() == 3) {
    const auto dims = SLIPWAY_TRY(node.known_dims(inputs[1]));
    if (dims.size() != 1 || dims[0] > static_cast<std::int64_t>(Shape::kMaxRank))
      return fail(Code::invalid_input, "a begin of {} numbers", dims.empty() ? 1 : dims[0]);
    const auto dtype = node.type(inputs[1]).dtype;
    TensorBuilder ones({dtype, {dims[0]}, {}});
    for (std::int64_t i = 0; i < dims[0]; ++i) {
      if (dtype == DType::i64) ones.values<std::int64_t>()[static_cast<std::size_t>(i)] = 1;
      if (dtype == DType::i32) ones.values<std::int32_t>()[static_cast<std::size_t>(i)] = 1;
    }
    inputs.push_back(node.constant("strides", std::move(ones).build()));
  }
  return node.emit(op, std::move(inputs));
}

/// The file has the steps before the axes. In version 3 a layer of this name splits.
Result<void> slice(IrNode& node) {
  if (node.legacy()) return split(node);
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.size() < 4) return fail(Code::corrupt, "{} inputs", inputs.size());
  if (inputs.size() == 5) {
    std::swap(inputs[3], inputs[4]);
  } else {
    const auto dims = SLIPWAY_TRY(node.known_dims(inputs[1]));
    std::vector<std::int64_t> axes;
    for (std::int64_t i = 0; i < (dims.empty() ? 1 : std::min<std::int64_t>(dims[0], 16)); ++i)
      axes.push_back(i);
    inputs.insert(inputs.begin() + 3, node.constant("axes", axes));
  }
  return node.emit(ops::Slice{}, std::move(inputs));
}

Result<void> shape_of(IrNode& node) {
  const auto to = SLIPWAY_TRY(ir_dtype(node.text("output_type", "i64")));
  return node.emit(ops::ShapeOf{to}, {SLIPWAY_TRY(node.input(0))});
}

/// Numpy's way, both ways, or with the dimensions that the input's become.
Result<void> broadcast_to(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  const auto shape = SLIPWAY_TRY(node.input(1));
  const auto mode = node.text("mode", "numpy");
  if (mode == "explicit") {
    const auto axes = SLIPWAY_TRY(node.integers(2));
    const auto dims = SLIPWAY_TRY(node.known_dims(shape));
    const auto from = SLIPWAY_TRY(node.known_dims(x));
    if (dims.size() != 1 || dims[0] > static_cast<std::int64_t>(Shape::kMaxRank) ||
        axes.size() != from.size())
      return fail(Code::invalid_input, "{} axes", axes.size());
    std::vector<std::int64_t> spread(static_cast<std::size_t>(dims[0]), 1);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto axis = SLIPWAY_TRY(checked_axis(axes[i], spread.size()));
      if (i > 0 && axes[i] <= axes[i - 1]) return fail(Code::unsupported, "axes out of order");
      spread[axis] = from[i];
    }
    x = SLIPWAY_TRY(node.helper(ops::Reshape{}, {x, node.constant("spread", spread)}, "spread"));
  } else if (mode != "numpy" && mode != "bidirectional") {
    return fail(Code::unsupported, "the mode '{}'", mode);
  }
  return node.emit(ops::Expand{}, {x, shape});
}

Result<void> tile(IrNode& node) { return node.emit(ops::Tile{}, SLIPWAY_TRY(node.inputs())); }

Result<void> pad(IrNode& node) {
  static constexpr std::pair<std::string_view, PadMode> kModes[] = {
      {"constant", PadMode::constant},
      {"edge", PadMode::edge},
      {"reflect", PadMode::reflect},
      {"symmetric", PadMode::symmetric}};
  const auto name = node.text("pad_mode", "constant");
  const auto* mode = std::ranges::find(kModes, name, [](const auto& row) { return row.first; });
  if (mode == std::end(kModes)) return fail(Code::unsupported, "the pad_mode '{}'", name);
  const auto begin = SLIPWAY_TRY(node.input(1));
  const auto end = SLIPWAY_TRY(node.input(2));
  std::vector<ValueId> inputs = {SLIPWAY_TRY(node.input(0)),
                                 SLIPWAY_TRY(node.helper(ops::Concat{0}, {begin, end}, "pads"))};
  if (node.has(3) && mode->second == PadMode::constant) {
    inputs.push_back(SLIPWAY_TRY(node.input(3)));
  }
  return node.emit(ops::Pad{mode->second}, std::move(inputs));
}

/// Through a shape of more dimensions and back, in channels-first order.
Result<void> rearrange(IrNode& node, ValueId x, const std::vector<std::int64_t>& apart,
                       const std::vector<std::int64_t>& perm,
                       const std::vector<std::int64_t>& together) {
  const auto opened =
      SLIPWAY_TRY(node.helper(ops::Reshape{}, {x, node.constant("apart", apart)}, "apart"));
  const auto moved = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {opened}, "moved"));
  return node.emit(ops::Reshape{}, {moved, node.constant("together", together)});
}

struct Blocks {
  std::vector<std::int64_t> dims;  // of x: n, c, h, w
  std::int64_t block;
  bool blocks_first;
};

Result<Blocks> blocks_of(IrNode& node, ValueId x) {
  Blocks b;
  b.dims = SLIPWAY_TRY(node.known_dims(x));
  b.block = SLIPWAY_TRY(node.integer("block_size", 1));
  const auto mode = node.text("mode", "blocks_first");
  b.blocks_first = mode == "blocks_first";
  if (!b.blocks_first && mode != "depth_first") return fail(Code::corrupt, "a mode '{}'", mode);
  if (b.dims.size() != 4) return fail(Code::unsupported, "{} dimensions", b.dims.size());
  if (b.block < 1 || b.block > (std::int64_t{1} << 20U))
    return fail(Code::invalid_input, "a block of {}", b.block);
  return b;
}

Result<void> depth_to_space(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto [dims, block, blocks_first] = SLIPWAY_TRY(blocks_of(node, x));
  if (blocks_first) {
    return node.emit_channels_last(ops::DepthToSpace{block}, {SLIPWAY_TRY(node.channels_last(x))});
  }
  if (dims[1] % (block * block) != 0) return fail(Code::invalid_input, "{} channels", dims[1]);
  const auto depth = dims[1] / (block * block);
  return rearrange(
      node, x, {dims[0], depth, block, block, dims[2], dims[3]}, {0, 1, 4, 2, 5, 3},
      {dims[0], depth, saturating_product({dims[2], block}), saturating_product({dims[3], block})});
}

Result<void> space_to_depth(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto [dims, block, blocks_first] = SLIPWAY_TRY(blocks_of(node, x));
  if (blocks_first) {
    return node.emit_channels_last(ops::SpaceToDepth{block}, {SLIPWAY_TRY(node.channels_last(x))});
  }
  if (dims[2] % block != 0 || dims[3] % block != 0)
    return fail(Code::invalid_input, "blocks of {} in {} x {}", block, dims[2], dims[3]);
  const auto height = dims[2] / block;
  const auto width = dims[3] / block;
  return rearrange(node, x, {dims[0], dims[1], height, block, width, block}, {0, 1, 3, 5, 2, 4},
                   {dims[0], saturating_product({dims[1], block, block}), height, width});
}

Result<void> shuffle_channels(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto axis = SLIPWAY_TRY(axis_of(node, x, SLIPWAY_TRY(node.integer("axis", 1))));
  const auto group = SLIPWAY_TRY(node.integer("group", 1));
  if (group < 1 || dims[axis] % group != 0)
    return fail(Code::invalid_input, "{} channels in {} groups", dims[axis], group);
  auto apart = dims;
  apart[axis] = group;
  apart.insert(apart.begin() + static_cast<std::ptrdiff_t>(axis) + 1, dims[axis] / group);
  if (apart.size() > Shape::kMaxRank) return fail(Code::unsupported, "{} dimensions", dims.size());
  auto perm = moved_axis(apart.size(), axis, axis + 1);
  return rearrange(node, x, apart, perm, dims);
}

/// Lists of a batch's blocks and of what is put around (or cut off), whose first numbers, for the
/// batch itself, must be 1 and 0.
struct BatchBlocks {
  ValueId block;
  ValueId edges;
};

Result<BatchBlocks> batch_blocks(IrNode& node) {
  const auto block = SLIPWAY_TRY(node.integers(1));
  const auto begin = SLIPWAY_TRY(node.integers(2));
  const auto end = SLIPWAY_TRY(node.integers(3));
  if (block.empty() || begin.size() != block.size() || end.size() != block.size())
    return fail(Code::invalid_input, "{} blocks, {} begins, {} ends", block.size(), begin.size(),
                end.size());
  if (block[0] != 1 || begin[0] != 0 || end[0] != 0)
    return fail(Code::invalid_input, "blocks of the batch itself");
  std::vector<std::int64_t> edges;
  for (std::size_t i = 1; i < block.size(); ++i) edges.insert(edges.end(), {begin[i], end[i]});
  const Shape shape{std::ssize(block) - 1, 2};
  return BatchBlocks{
      node.constant("block", std::vector<std::int64_t>(block.begin() + 1, block.end())),
      node.constant("edges", Tensor::of(shape, edges))};
}

template <class Op>
Result<void> with_batch_blocks(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto [block, edges] = SLIPWAY_TRY(batch_blocks(node));
  return node.emit(Op{}, {x, block, edges});
}

/// Each place's neighbours as channels, place in the neighbourhood by place: one strided part of
/// the picture for each.
Result<void> extract_image_patches(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto sizes = SLIPWAY_TRY(node.integer_list("sizes"));
  const auto strides = SLIPWAY_TRY(node.integer_list("strides"));
  const auto rates = SLIPWAY_TRY(node.integer_list("rates"));
  const auto padding = SLIPWAY_TRY(node.padding());
  if (dims.size() != 4 || sizes.size() != 2 || strides.size() != 2 || rates.size() != 2)
    return fail(Code::invalid_input, "sizes, strides or rates that are no pair");
  constexpr std::int64_t kMost = std::int64_t{1} << 20U;
  constexpr std::int64_t kMostPatches = 1024;
  std::vector<std::int64_t> pads(8, 0);
  std::int64_t reach[2] = {};  // from the first place that is looked at to the last
  for (std::size_t i = 0; i < 2; ++i) {
    for (const auto n : {sizes[i], strides[i], rates[i], dims[i + 2]})
      if (n < 1 || n > kMost) return fail(Code::invalid_input, "a size of {}", n);
    const auto window = (sizes[i] - 1) * rates[i] + 1;
    auto out = (dims[i + 2] - window) / strides[i] + 1;
    if (padding == Padding::same_upper || padding == Padding::same_lower) {
      out = (dims[i + 2] + strides[i] - 1) / strides[i];
      const auto all = std::max<std::int64_t>((out - 1) * strides[i] + window - dims[i + 2], 0);
      pads[2 + i] = padding == Padding::same_upper ? all / 2 : all - all / 2;
      pads[6 + i] = all - pads[2 + i];
    } else if (window > dims[i + 2]) {
      return fail(Code::invalid_input, "patches of {} in {}", window, dims[i + 2]);
    }
    reach[i] = (out - 1) * strides[i] + 1;
  }
  if (sizes[0] * sizes[1] > kMostPatches)
    return fail(Code::unsupported, "patches of {} by {}", sizes[0], sizes[1]);
  x = SLIPWAY_TRY(node.helper(ops::Pad{}, {x, node.constant("pads", pads)}, "padded"));
  const auto axes = node.constant("axes", std::vector<std::int64_t>{2, 3});
  const auto steps = node.constant("steps", strides);
  std::vector<ValueId> patches;
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    for (std::int64_t j = 0; j < sizes[1]; ++j) {
      const std::vector<std::int64_t> from = {i * rates[0], j * rates[1]};
      const std::vector<std::int64_t> to = {from[0] + reach[0], from[1] + reach[1]};
      patches.push_back(SLIPWAY_TRY(node.helper(
          ops::Slice{}, {x, node.constant("from", from), node.constant("to", to), axes, steps},
          "patch")));
    }
  }
  return node.emit(ops::Concat{1}, std::move(patches));
}

/// The elements seen as a larger picture with fewer channels, cut into blocks, and the result seen
/// as the smaller picture with more channels: what Darknet's layer of this name does.
Result<void> reorg_yolo(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto stride = SLIPWAY_TRY(node.integer("stride", 1));
  if (dims.size() != 4) return fail(Code::unsupported, "{} dimensions", dims.size());
  if (stride < 1 || stride > 1024 || dims[1] % (stride * stride) != 0 || dims[2] % stride != 0 ||
      dims[3] % stride != 0) {
    return fail(Code::invalid_input, "a stride of {} for {}", stride, node.type(x).shape.text());
  }
  const std::vector<std::int64_t> large = {dims[0], dims[1] / (stride * stride),
                                           saturating_product({dims[2], stride}),
                                           saturating_product({dims[3], stride})};
  const auto seen =
      SLIPWAY_TRY(node.helper(ops::Reshape{}, {x, node.constant("large", large)}, "seen"));
  const auto last = SLIPWAY_TRY(node.channels_last(seen));
  const auto cut = SLIPWAY_TRY(node.helper(ops::SpaceToDepth{stride}, {last}, "cut"));
  const auto first = SLIPWAY_TRY(node.channels_first(cut));
  const std::vector<std::int64_t> small = {dims[0], saturating_product({dims[1], stride, stride}),
                                           dims[2] / stride, dims[3] / stride};
  return node.emit(ops::Reshape{}, {first, node.constant("small", small)});
}

}  // namespace

std::span<const IrRow> ir_shape() {
  static constexpr IrRow kRows[] = {
      {"BatchToSpace", with_batch_blocks<ops::BatchToSpace>},
      {"Broadcast", broadcast_to},
      {"Concat", concat},
      {"DepthToSpace", depth_to_space},
      {"ExtractImagePatches", extract_image_patches},
      {"Pad", pad},
      {"ReorgYolo", reorg_yolo},
      {"Reshape", reshape},
      {"ShapeOf", shape_of},
      {"ShuffleChannels", shuffle_channels},
      {"Slice", slice},
      {"SpaceToBatch", with_batch_blocks<ops::SpaceToBatch>},
      {"SpaceToDepth", space_to_depth},
      {"Split", split},
      {"Squeeze", squeeze},
      {"StridedSlice", strided_slice},
      {"Tile", tile},
      {"Transpose", transpose},
      {"Unsqueeze", unsqueeze},
      {"VariadicSplit", variadic_split},
  };
  return kRows;
}

}  // namespace slipway::formats
