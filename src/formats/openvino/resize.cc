// What resizes pictures.

#include "ops/resize/resize.h"

#include <algorithm>
#include <cmath>

#include "formats/openvino/node.h"
#include "ops/shape/pad.h"

namespace slipway::formats {
namespace {

/// Height and width of the result, for a picture [n, c, h, w].
struct Target {
  std::vector<std::int64_t> in;
  std::vector<std::int64_t> out;
};

Result<Target> target_of(IrNode& node, ValueId x) {
  Target target;
  target.in = SLIPWAY_TRY(node.known_dims(x));
  if (target.in.size() != 4) return fail(Code::unsupported, "{} dimensions", target.in.size());
  target.out = {target.in[2], target.in[3]};
  return target;
}

Result<void> emit_resize(IrNode& node, const ops::Resize& op, ValueId x, const Target& target) {
  const auto size = node.constant("size", target.out);
  return node.emit_channels_last(op, {SLIPWAY_TRY(node.channels_last(x)), size});
}

/// Sets one dimension of the result.
///
/// Errors  unsupported: it is not height or width and changes
Result<void> set_dim(Target& target, std::int64_t axis, std::int64_t size) {
  const auto at = SLIPWAY_TRY(checked_axis(axis, 4));
  if (at >= 2) {
    target.out[at - 2] = size;
    return {};
  }
  if (size == target.in[at]) return {};
  return fail(Code::unsupported, "dimension {} is resized; only pictures are", at);
}

/// Errors  unsupported: an attribute that is not 0
Result<void> check_zero(IrNode& node, std::string_view name) {
  const auto list = SLIPWAY_TRY(node.integer_list(name));
  if (std::ranges::all_of(list, [](std::int64_t x) { return x == 0; })) return {};
  return fail(Code::unsupported, "padding while resizing");
}

Result<void> check_common(IrNode& node) {
  SLIPWAY_TRY(check_zero(node, "pads_begin"));
  SLIPWAY_TRY(check_zero(node, "pads_end"));
  return {};
}

Result<Coordinates> coordinates_of(std::string_view name) {
  static constexpr std::pair<std::string_view, Coordinates> kNames[] = {
      {"align_corners", Coordinates::align_corners},
      {"asymmetric", Coordinates::asymmetric},
      {"half_pixel", Coordinates::half_pixel},
      {"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
      {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn}};
  for (const auto& [text, value] : kNames) {
    if (text == name) return value;
  }
  return fail(Code::corrupt, "the coordinate_transformation_mode '{}'", name);
}

bool grows(const Target& target) {
  return target.out[0] >= target.in[2] && target.out[1] >= target.in[3];
}

Result<Nearest> nearest_of(std::string_view name) {
  Nearest nearest = Nearest::simple;
  if (!field::parse(name, nearest)) return fail(Code::corrupt, "the nearest_mode '{}'", name);
  return nearest;
}

/// The first version, whose axes are an attribute and whose places are asymmetric.
Result<void> interpolate_0(IrNode& node, ValueId x, Target target) {
  const auto axes = SLIPWAY_TRY(node.integer_list("axes", {2, 3}));
  const auto sizes = SLIPWAY_TRY(node.integers(1));
  if (sizes.size() != axes.size())
    return fail(Code::invalid_input, "{} sizes for {} axes", sizes.size(), axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) SLIPWAY_TRY(set_dim(target, axes[i], sizes[i]));
  SLIPWAY_TRY(check_common(node));
  if (SLIPWAY_TRY(node.flag("antialias", false)) && !grows(target))
    return fail(Code::unsupported, "antialias");
  ops::Resize op;
  const auto mode = node.text("mode", "");
  if (mode != "nearest" && mode != "linear") return fail(Code::unsupported, "the mode '{}'", mode);
  op.method = mode == "linear" ? Interpolation::linear : Interpolation::nearest;
  op.coordinates = SLIPWAY_TRY(node.flag("align_corners", true)) ? Coordinates::align_corners
                                                                 : Coordinates::asymmetric;
  if (mode == "nearest") op.nearest = Nearest::simple;
  return emit_resize(node, op, x, target);
}

/// x with zeros around it, as pads_begin and pads_end say.
Result<ValueId> padded(IrNode& node, ValueId x) {
  const auto rank = node.type(x).shape.rank();
  auto pads = SLIPWAY_TRY(node.integer_list("pads_begin"));
  auto behind = SLIPWAY_TRY(node.integer_list("pads_end"));
  if (pads.size() > rank || behind.size() > rank)
    return fail(Code::invalid_input, "pads for {} dimensions",
                std::max(pads.size(), behind.size()));
  pads.resize(rank, 0);
  behind.resize(rank, 0);
  pads.insert(pads.end(), behind.begin(), behind.end());
  if (std::ranges::all_of(pads, [](std::int64_t n) { return n == 0; })) return x;
  return node.helper(ops::Pad{}, {x, node.constant("pads", pads)}, "padded");
}

/// What the fields of version 4 say about how places become values.
Result<ops::Resize> method_of(IrNode& node) {
  ops::Resize op;
  const auto mode = node.text("mode", "");
  op.method = mode == "nearest" ? Interpolation::nearest
              : mode == "cubic" ? Interpolation::cubic
                                : Interpolation::linear;
  if (mode != "nearest" && mode != "cubic" && mode != "linear" && mode != "linear_onnx")
    return fail(Code::unsupported, "the mode '{}'", mode);
  op.coordinates =
      SLIPWAY_TRY(coordinates_of(node.text("coordinate_transformation_mode", "half_pixel")));
  const auto nearest = node.text("nearest_mode", "round_prefer_floor");
  if (mode == "nearest") op.nearest = SLIPWAY_TRY(nearest_of(nearest));
  const float cubic = SLIPWAY_TRY(node.number("cube_coeff", -0.75F));
  if (mode == "cubic") op.cubic_a = cubic;
  return op;
}

/// Sizes (input 1) or scales (input 2) along the axes of input 3.
Result<void> interpolate_4(IrNode& node, ValueId x) {
  auto op = SLIPWAY_TRY(method_of(node));
  // Only the triangles of "linear" grow wider with it, and only on some devices of OpenVINO.
  const bool wide = SLIPWAY_TRY(node.flag("antialias", false)) && node.text("mode", "") == "linear";
  x = SLIPWAY_TRY(padded(node, x));
  const auto in = SLIPWAY_TRY(node.known_dims(x));
  std::vector<std::int64_t> axes = moved_axis(in.size(), 0, 0);
  if (node.has(3)) axes = SLIPWAY_TRY(node.integers(3));
  const auto by = node.text("shape_calculation_mode", "sizes");
  if (by != "sizes" && by != "scales")
    return fail(Code::corrupt, "shape_calculation_mode '{}'", by);
  const bool by_scale = by == "scales";
  const auto sizes = SLIPWAY_TRY(node.integers(1));
  const auto scales = by_scale ? SLIPWAY_TRY(node.numbers(2)) : std::vector<float>(axes.size(), 1);
  if (scales.size() != axes.size() || (!by_scale && sizes.size() != axes.size()))
    return fail(Code::invalid_input, "{} sizes for {} axes", sizes.size(), axes.size());
  op.axes.clear();
  std::vector<std::int64_t> size;
  std::vector<float> scale;
  bool pictures = in.size() > 2;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto at = SLIPWAY_TRY(checked_axis(axes[i], in.size()));
    const auto exact = static_cast<double>(in[at]) * static_cast<double>(scales[i]);
    if (!(exact >= 0 && exact < 1e9)) return fail(Code::invalid_input, "a scale of {}", scales[i]);
    const auto to = by_scale ? static_cast<std::int64_t>(std::floor(exact + 1e-5)) : sizes[i];
    if (at < 2 && to == in[at] && scales[i] == 1) continue;
    if (wide && to < in[at])
      return fail(Code::unsupported, "antialias, which OpenVINO's own devices do not agree on");
    pictures = pictures && at >= 2;
    op.axes.push_back(static_cast<std::int64_t>(at));
    size.push_back(to);
    scale.push_back(scales[i]);
  }
  if (op.axes.empty()) return node.alias(x);
  std::vector<ValueId> inputs = {x, node.constant("size", size)};
  if (by_scale) inputs.push_back(node.constant("scales", Tensor::of({std::ssize(scale)}, scale)));
  if (!pictures) return node.emit(op, std::move(inputs));
  for (auto& axis : op.axes) --axis;
  inputs[0] = SLIPWAY_TRY(node.channels_last(x));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> interpolate(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto& version = node.layer().version;
  if (version == "opset1" || version == "opset2" || version == "opset3")
    return interpolate_0(node, x, SLIPWAY_TRY(target_of(node, x)));
  if (version == "opset11") {
    return fail(Code::unsupported, "Interpolate of opset11")
        .with_remedy("convert the model with opset 8 or older, where Interpolate-4 does the same");
  }
  return interpolate_4(node, x);
}

/// A whole factor, given as such.
Result<void> resample(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto target = SLIPWAY_TRY(target_of(node, x));
  const auto type = node.text("type", "caffe.ResampleParameter.NEAREST");
  if (type != "caffe.ResampleParameter.NEAREST")
    return fail(Code::unsupported, "the type '{}'", type);
  node.ignore({"antialias", "height", "width"});  // the nearest is the nearest; sizes are stated
  const float factor = SLIPWAY_TRY(node.number("factor", 1));
  const auto whole = static_cast<std::int64_t>(factor >= 1 && factor <= 1024 ? factor : 0);
  if (whole < 1 || static_cast<float>(whole) != factor)
    return fail(Code::unsupported, "a factor of {}", factor);
  for (auto& side : target.out) side *= whole;
  const ops::Resize op{.method = Interpolation::nearest,
                       .coordinates = Coordinates::asymmetric,
                       .nearest = Nearest::floor};
  return emit_resize(node, op, x, target);
}

/// Linear, corners on corners, to a size or by a factor.
Result<void> interp(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto target = SLIPWAY_TRY(target_of(node, x));
  for (const char* name : {"pad_beg", "pad_end"}) {
    if (SLIPWAY_TRY(node.integer(name, 0)) != 0)
      return fail(Code::unsupported, "padding while resizing");
  }
  // The file states the size of the result, whichever of factors and sizes it was made of.
  node.ignore({"factor", "height", "shrink_factor", "width", "zoom_factor"});
  const auto& ports = node.layer().outputs;
  if (ports.size() != 1 || ports[0].dims.size() != 4)
    return fail(Code::corrupt, "the layer does not say how large its output is");
  target.out = {ports[0].dims[2], ports[0].dims[3]};
  const bool corners = SLIPWAY_TRY(node.flag("align_corners", true));
  const ops::Resize op{
      .method = Interpolation::linear,
      .coordinates = corners ? Coordinates::align_corners : Coordinates::asymmetric};
  return emit_resize(node, op, x, target);
}

}  // namespace

std::span<const IrRow> ir_resize() {
  static constexpr IrRow kRows[] = {
      {"Interp", interp},
      {"Interpolate", interpolate},
      {"Resample", resample},
  };
  return kRows;
}

}  // namespace slipway::formats
