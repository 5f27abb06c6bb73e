// What resizes pictures.

#include "ops/resize/resize.h"

#include <algorithm>
#include <cmath>

#include "formats/openvino/node.h"

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

/// "simple" rounds down where the picture grows, and up where it shrinks.
Result<Nearest> nearest_of(std::string_view name, const Target& target) {
  static constexpr std::pair<std::string_view, Nearest> kNames[] = {
      {"ceil", Nearest::ceil},
      {"floor", Nearest::floor},
      {"round_prefer_ceil", Nearest::round_prefer_ceil},
      {"round_prefer_floor", Nearest::round_prefer_floor}};
  for (const auto& [text, value] : kNames) {
    if (text == name) return value;
  }
  if (name != "simple") return fail(Code::corrupt, "the nearest_mode '{}'", name);
  if (grows(target)) return Nearest::floor;
  if (target.out[0] <= target.in[2] && target.out[1] <= target.in[3]) return Nearest::ceil;
  return fail(Code::unsupported, "nearest_mode 'simple' for a picture that grows and shrinks");
}

/// Sizes or scales (input `sizes` and the next) along the axes of input `axes`.
Result<void> read_target(IrNode& node, Target& target) {
  const auto axes =
      node.has(3) ? SLIPWAY_TRY(node.integers(3)) : std::vector<std::int64_t>{0, 1, 2, 3};
  const bool by_scale = node.text("shape_calculation_mode", "sizes") == "scales";
  const auto sizes = SLIPWAY_TRY(node.integers(1));
  const auto scales = by_scale ? SLIPWAY_TRY(node.numbers(2)) : std::vector<float>(axes.size(), 1);
  if (scales.size() != axes.size() || (!by_scale && sizes.size() != axes.size()))
    return fail(Code::invalid_input, "{} sizes for {} axes", sizes.size(), axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (!by_scale) {
      SLIPWAY_TRY(set_dim(target, axes[i], sizes[i]));
      continue;
    }
    const auto at = SLIPWAY_TRY(checked_axis(axes[i], 4));
    const auto exact = static_cast<double>(target.in[at]) * static_cast<double>(scales[i]);
    if (!(exact >= 0 && exact < 1e9)) return fail(Code::invalid_input, "a scale of {}", scales[i]);
    const double whole = std::floor(exact + 1e-5);
    // Ours takes the step between places from the sizes; others agree where the scale is exact.
    if (std::abs(whole - exact) > 1e-3)
      return fail(Code::unsupported, "a scale of {} for {} elements", scales[i], target.in[at]);
    SLIPWAY_TRY(set_dim(target, axes[i], static_cast<std::int64_t>(whole)));
  }
  return {};
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
  if (mode == "nearest") op.nearest = SLIPWAY_TRY(nearest_of("simple", target));
  return emit_resize(node, op, x, target);
}

Result<void> interpolate(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto target = SLIPWAY_TRY(target_of(node, x));
  const auto& version = node.layer().version;
  if (version == "opset1" || version == "opset2" || version == "opset3")
    return interpolate_0(node, x, std::move(target));
  if (version == "opset11") return fail(Code::unsupported, "Interpolate of opset11");
  SLIPWAY_TRY(check_common(node));
  SLIPWAY_TRY(read_target(node, target));
  ops::Resize op;
  const auto mode = node.text("mode", "");
  // The triangles of "linear" are those of two taps where the picture does not shrink.
  const bool linear = mode == "linear_onnx" || (mode == "linear" && grows(target));
  if (!linear && mode != "nearest") return fail(Code::unsupported, "the mode '{}' here", mode);
  if (SLIPWAY_TRY(node.flag("antialias", false)) && mode == "linear" && !grows(target))
    return fail(Code::unsupported, "antialias");
  op.method = linear ? Interpolation::linear : Interpolation::nearest;
  op.coordinates =
      SLIPWAY_TRY(coordinates_of(node.text("coordinate_transformation_mode", "half_pixel")));
  if (!linear) {
    op.nearest = SLIPWAY_TRY(nearest_of(node.text("nearest_mode", "round_prefer_floor"), target));
  }
  return emit_resize(node, op, x, target);
}

/// A whole factor, given as such.
Result<void> resample(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto target = SLIPWAY_TRY(target_of(node, x));
  const auto type = node.text("type", "caffe.ResampleParameter.NEAREST");
  if (type != "caffe.ResampleParameter.NEAREST")
    return fail(Code::unsupported, "the type '{}'", type);
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
