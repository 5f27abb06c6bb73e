// What changes shapes, joins and cuts.

#include <algorithm>

#include "formats/layout.h"
#include "formats/onnx/lists.h"
#include "formats/onnx/node.h"
#include "ops/quant/quantize.h"
#include "ops/shape/col2im.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/matrix.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

/// Where a dimension of a channels-first value stands when its channels are last.
std::int64_t last_axis(std::size_t axis, std::size_t rank) {
  if (axis == 0) return 0;
  return static_cast<std::int64_t>(axis == 1 ? rank - 1 : axis - 1);
}

Result<void> concat(OnnxNode& node) {
  const auto axis = SLIPWAY_TRY(node.integer("axis", 1));
  auto inputs = SLIPWAY_TRY(node.inputs());
  const auto rank = inputs.empty() ? 0 : node.type(inputs[0]).shape.rank();
  const bool alike =
      std::ranges::all_of(inputs, [&](ValueId id) { return node.type(id).shape.rank() == rank; });
  if (!alike || !node.all_last(inputs)) return node.emit(ops::Concat{axis}, std::move(inputs));
  const auto along = SLIPWAY_TRY(checked_axis(axis, rank));
  SLIPWAY_TRY(node.move_last(inputs));
  return node.emit_channels_last(ops::Concat{last_axis(along, rank)}, std::move(inputs));
}

Result<void> split(OnnxNode& node) {
  ops::Split op{.axis = SLIPWAY_TRY(node.integer("axis", 0)),
                .parts = static_cast<std::int64_t>(node.output_count())};
  if (node.has_attribute("num_outputs")) {
    op.parts = SLIPWAY_TRY(node.integer("num_outputs", 0));
    op.smaller_last = true;
  }
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.has_attribute("split")) {
    inputs.push_back(node.constant("sizes", list_of(SLIPWAY_TRY(node.integer_list("split")))));
  }
  return node.emit(op, std::move(inputs));
}

Result<void> reshape(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.version() < 5) {
    node.ignore("consumed_inputs");
    inputs.push_back(node.constant("shape", list_of(SLIPWAY_TRY(node.integer_list("shape")))));
  }
  const bool literal = SLIPWAY_TRY(node.integer("allowzero", 0)) != 0;
  return node.emit(ops::Reshape{.zero_copies = !literal}, std::move(inputs));
}

/// The product of dimensions, or nothing where one of them is unknown.
std::optional<std::int64_t> product(std::span<const std::int64_t> dims) {
  std::int64_t product = 1;
  for (const auto dim : dims) {
    if (dim == Shape::kUnknown) return std::nullopt;
    product *= dim;
  }
  return product;
}

Result<void> flatten(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto& shape = node.type(x).shape;
  const auto rank = static_cast<std::int64_t>(shape.rank());
  auto axis = SLIPWAY_TRY(node.integer("axis", 1));
  if (axis < -rank || axis > rank)
    return fail(Code::invalid_input, "axis {} of {}", axis, shape.text());
  if (axis < 0) axis += rank;
  const auto outer = product(shape.dims().first(static_cast<std::size_t>(axis)));
  const auto inner = product(shape.dims().subspan(static_cast<std::size_t>(axis)));
  std::vector<std::int64_t> dims{outer.value_or(-1), inner.value_or(-1)};
  // A 0 stands for the dimension of x at its place, whatever it will be.
  if (!outer && axis == 1) dims[0] = 0;
  if (!outer && axis != 1 && !inner)
    return fail(Code::unsupported, "{} flattened where only the data tell the shape", shape.text());
  const bool copies = !outer && axis == 1;
  return node.emit(ops::Reshape{.zero_copies = copies}, {x, node.constant("shape", list_of(dims))});
}

Result<void> transpose(OnnxNode& node) {
  auto perm = SLIPWAY_TRY(node.integer_list("perm"));
  const auto x = SLIPWAY_TRY(node.input(0));
  // The file's own way to channels last, where we are there already.
  const ValueId single[] = {x};
  const auto rank = node.type(x).shape.rank();
  if (rank > 2 && perm == channels_to_last(rank) && node.all_last(single))
    return node.alias(0, SLIPWAY_TRY(node.channels_last(x)));
  return node.emit(ops::Transpose{std::move(perm)}, {x});
}

/// Squeeze and Unsqueeze: axes are an attribute, later an input.
template <class Op>
Result<void> squeeze(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  Op op;
  if (node.version() < 13) op.axes = SLIPWAY_TRY(node.integer_list("axes"));
  if (inputs.size() > 1 && node.known(inputs[1]) != nullptr) {
    op.axes = SLIPWAY_TRY(node.integers(1));
    inputs.pop_back();
  }
  return node.emit(op, std::move(inputs));
}

Result<void> slice(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.version() < 10) {
    inputs.push_back(node.constant("starts", list_of(SLIPWAY_TRY(node.integer_list("starts")))));
    inputs.push_back(node.constant("ends", list_of(SLIPWAY_TRY(node.integer_list("ends")))));
    const auto axes = SLIPWAY_TRY(node.integer_list("axes"));
    if (!axes.empty()) inputs.push_back(node.constant("axes", list_of(axes)));
  }
  return node.emit(ops::Slice{}, std::move(inputs));
}

Result<PadMode> pad_mode(const std::string& name) {
  if (name == "constant") return PadMode::constant;
  if (name == "reflect") return PadMode::reflect;
  if (name == "edge") return PadMode::edge;
  if (name == "wrap") return PadMode::wrap;
  return fail(Code::unsupported, "the mode '{}'", name);
}

Result<void> pad(OnnxNode& node) {
  const ops::Pad op{SLIPWAY_TRY(pad_mode(SLIPWAY_TRY(node.text("mode", "constant"))))};
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.version() < 11 && inputs.size() == 1) {
    const std::string_view name = node.version() < 2 ? "paddings" : "pads";
    const float value = SLIPWAY_TRY(node.number("value", 0));
    inputs.push_back(node.constant("pads", list_of(SLIPWAY_TRY(node.integer_list(name)))));
    inputs.push_back(SLIPWAY_TRY(
        node.helper(ops::Cast{node.type(inputs[0]).dtype},
                    {node.constant("number", Tensor::of<float>({}, {value}))}, "value")));
  }
  return node.emit(op, std::move(inputs));
}

Result<void> center_crop_pad(OnnxNode& node) {
  auto axes = SLIPWAY_TRY(node.integer_list("axes"));
  return node.emit(ops::CenterCropPad{std::move(axes)}, SLIPWAY_TRY(node.inputs()));
}

Result<void> col2im(OnnxNode& node) {
  ops::Col2Im op;
  op.strides = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilations = SLIPWAY_TRY(node.integer_list("dilations"));
  op.pads = SLIPWAY_TRY(node.integer_list("pads"));
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> tile(OnnxNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.version() < 6) {
    if (inputs.size() != 3) return fail(Code::invalid_input, "{} inputs of 3", inputs.size());
    const auto rank = node.type(inputs[0]).shape.rank();
    const auto tiles = SLIPWAY_TRY(node.integers(1));
    const auto axes = SLIPWAY_TRY(node.integers(2));
    if (tiles.size() != 1 || axes.size() != 1)
      return fail(Code::invalid_input, "{} tiles and {} axes", tiles.size(), axes.size());
    std::vector<std::int64_t> repeats(rank, 1);
    repeats[SLIPWAY_TRY(checked_axis(axes[0], rank))] = tiles[0];
    inputs = {inputs[0], node.constant("repeats", list_of(repeats))};
  }
  return node.emit(ops::Tile{}, std::move(inputs));
}

Result<void> expand(OnnxNode& node) { return node.emit(ops::Expand{}, SLIPWAY_TRY(node.inputs())); }

Result<void> shape(OnnxNode& node) {
  ops::ShapeOf op{.start = SLIPWAY_TRY(node.integer("start", 0))};
  op.end = SLIPWAY_TRY(node.integer("end", op.end));
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> size(OnnxNode& node) { return node.emit(ops::Size{}, SLIPWAY_TRY(node.inputs())); }

Result<void> constant_of_shape(OnnxNode& node) {
  auto value = Tensor::of<float>({}, {0});
  if (const auto* given = node.attribute("value")) {
    if (!given->has_t()) return fail(Code::corrupt, "the attribute 'value' is no tensor");
    value = SLIPWAY_TRY(onnx_tensor(given->t(), &node.import().external));
  }
  const auto shape = SLIPWAY_TRY(node.input(0));
  return node.emit(ops::Fill{}, {shape, node.constant("value", std::move(value))});
}

Result<void> eye_like(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  ops::EyeLike op{.type = node.type(x).dtype};
  op.k = SLIPWAY_TRY(node.integer("k", 0));
  if (node.has_attribute("dtype"))
    op.type = SLIPWAY_TRY(onnx_dtype(static_cast<int>(
        std::clamp<std::int64_t>(SLIPWAY_TRY(node.integer("dtype", 0)), 0, 1000))));
  return node.emit(op, {x});
}

Result<void> trilu(OnnxNode& node) {
  const bool upper = SLIPWAY_TRY(node.integer("upper", 1)) != 0;
  return node.emit(ops::Trilu{upper}, SLIPWAY_TRY(node.inputs()));
}

Result<void> range(OnnxNode& node) {
  return node.emit(ops::Range{.may_be_empty = true}, SLIPWAY_TRY(node.inputs()));
}

Result<void> depth_to_space(OnnxNode& node) {
  ops::DepthToSpace op{SLIPWAY_TRY(node.integer("blocksize", 0))};
  const auto mode = SLIPWAY_TRY(node.text("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") return fail(Code::unsupported, "the mode '{}'", mode);
  if (mode == "CRD") op.order = DepthOrder::channel_first;
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit_channels_last(op, {SLIPWAY_TRY(node.channels_last(x))});
}

Result<void> space_to_depth(OnnxNode& node) {
  const ops::SpaceToDepth op{SLIPWAY_TRY(node.integer("blocksize", 0))};
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit_channels_last(op, {SLIPWAY_TRY(node.channels_last(x))});
}

Result<void> reverse_sequence(OnnxNode& node) {
  const ops::ReverseSequence op{SLIPWAY_TRY(node.integer("batch_axis", 1)),
                                SLIPWAY_TRY(node.integer("time_axis", 0))};
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

}  // namespace

std::span<const OnnxRow> onnx_shape() {
  static constexpr OnnxRow kRows[] = {
      {"CenterCropPad", center_crop_pad},
      {"Col2Im", col2im},
      {"Concat", concat},
      {"ConstantOfShape", constant_of_shape},
      {"DepthToSpace", depth_to_space},
      {"Expand", expand},
      {"EyeLike", eye_like},
      {"Flatten", flatten},
      {"Pad", pad},
      {"Range", range},
      {"Reshape", reshape},
      {"ReverseSequence", reverse_sequence},
      {"Shape", shape},
      {"Size", size},
      {"Slice", slice},
      {"SpaceToDepth", space_to_depth},
      {"Split", split},
      {"Squeeze", squeeze<ops::Squeeze>},
      {"Tile", tile},
      {"Transpose", transpose},
      {"Trilu", trilu},
      {"Unsqueeze", squeeze<ops::Unsqueeze>},
  };
  return kRows;
}

}  // namespace slipway::formats
