// What resizes pictures.

#include "ops/resize/resize.h"

#include <algorithm>
#include <cmath>

#include "formats/onnx/lists.h"
#include "formats/onnx/node.h"

namespace slipway::formats {
namespace {

/// An enum whose names are ONNX's.
template <class E>
Result<E> named(OnnxNode& node, std::string_view attribute, E fallback) {
  E value = fallback;
  const auto name = SLIPWAY_TRY(node.text(attribute, name_of(fallback)));
  SLIPWAY_TRY(field::parse(name, value).during("the attribute '{}'", attribute));
  return value;
}

/// A node that resizes: its inputs, kNoValue where one is left out, and for which axes they speak.
struct Request {
  ops::Resize op;
  ValueId x;
  ValueId size = kNoValue;
  ValueId scales = kNoValue;
  ValueId region = kNoValue;
};

/// An input that exporters leave empty instead of out is left out.
Result<ValueId> given(OnnxNode& node, std::size_t i) {
  const auto value = SLIPWAY_TRY(node.optional_input(i));
  const bool empty =
      value.exists() && node.type(value).is_known() && node.type(value).shape.elements() == 0;
  return empty ? kNoValue : value;
}

/// One dimension that is resized: `size` where the file says it or the scale leads to it exactly.
struct Axis {
  std::int64_t axis;
  std::int64_t in;
  std::optional<std::int64_t> size;
  float scale;

  [[nodiscard]] bool stays() const { return scale == 1 && (!size || *size == in); }
};

/// What is known of the dimensions, or nothing where only running the graph will tell.
Result<std::optional<std::vector<Axis>>> known_axes(OnnxNode& node, const Request& request) {
  const std::optional<std::vector<Axis>> nothing;
  const auto& x = node.type(request.x).shape;
  const auto* size = node.known(request.size);
  const auto* scales = node.known(request.scales);
  if (request.size.exists() ? size == nullptr : scales == nullptr) return nothing;
  std::vector<std::int64_t> sizes;
  std::vector<double> factors;
  if (size != nullptr) sizes = SLIPWAY_TRY(to_integers(*size));
  if (size == nullptr) factors = to_doubles(*scales);
  if (std::max(sizes.size(), factors.size()) != request.op.axes.size())
    return nothing;  // infer says what is wrong
  std::vector<Axis> out;
  for (std::size_t i = 0; i < request.op.axes.size(); ++i) {
    const auto axis = request.op.axes[i];
    Axis next{axis, x[SLIPWAY_TRY(checked_axis(axis, x.rank()))], {}, 1};
    const auto in = static_cast<float>(next.in);
    if (size != nullptr) {
      if (next.in <= 0) return nothing;
      next.size = sizes[i];
      next.scale = static_cast<float>(sizes[i]) / in;
    } else {
      next.scale = static_cast<float>(factors[i]);
      const float length = in * next.scale;
      const bool whole = length >= 1 && length < 1e6F && std::floor(length) == length;
      if (next.in > 0 && whole && length / in == next.scale)
        next.size = static_cast<std::int64_t>(length);
    }
    out.push_back(next);
  }
  return std::optional(std::move(out));
}

/// Whether the nearest elements depend on how the scale is rounded: ONNX divides by out / in where
/// a size alone multiplies by in / out. For whole multiples both agree, but for ceil.
bool needs_scales(const ops::Resize& op, const std::vector<Axis>& axes) {
  if (op.method != Interpolation::nearest) return false;
  return op.nearest == Nearest::ceil || std::any_of(axes.begin(), axes.end(), [](const Axis& axis) {
           return *axis.size % axis.in != 0;
         });
}

/// Names only the dimensions that change, where that is known: the others need no work, and a
/// picture whose channels stay can have them last. Sizes say all that scales say where they can.
Result<void> simplify(OnnxNode& node, Request& request) {
  auto& op = request.op;
  if (op.aspect != AspectPolicy::stretch || request.region.exists()) return {};
  auto known = SLIPWAY_TRY(known_axes(node, request));
  if (!known) return {};
  std::erase_if(*known, [](const Axis& axis) { return axis.stays(); });
  op.axes.clear();
  if (known->empty()) return {};
  std::vector<std::int64_t> sizes;
  std::vector<float> scales;
  for (const auto& axis : *known) {
    op.axes.push_back(axis.axis);
    scales.push_back(axis.scale);
    if (axis.size) sizes.push_back(*axis.size);
  }
  const bool all_sizes = sizes.size() == known->size();
  request.size = all_sizes ? node.constant("size", list_of(sizes)) : kNoValue;
  request.scales =
      !all_sizes || needs_scales(op, *known) ? node.constant("scales", reals_of(scales)) : kNoValue;
  return {};
}

Result<void> emit(OnnxNode& node, Request request) {
  SLIPWAY_TRY(simplify(node, request));
  const auto rank = node.type(request.x).shape.rank();
  if (request.op.axes.empty()) return node.alias(0, request.x);
  bool spatial = rank > 2;
  std::vector<std::int64_t> moved;
  for (const auto axis : request.op.axes) {
    const auto at = SLIPWAY_TRY(checked_axis(axis, rank));
    spatial = spatial && at >= 2;
    moved.push_back(static_cast<std::int64_t>(at) - 1);
  }
  if (!spatial)
    return node.emit(request.op, {request.x, request.size, request.scales, request.region});
  request.op.axes = std::move(moved);
  const auto x = SLIPWAY_TRY(node.channels_last(request.x));
  return node.emit_channels_last(request.op, {x, request.size, request.scales, request.region});
}

std::vector<std::int64_t> all_axes(std::size_t rank) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

Result<void> resize(OnnxNode& node) {
  Request request;
  request.x = SLIPWAY_TRY(node.input(0));
  const auto rank = node.type(request.x).shape.rank();
  auto& op = request.op;
  op.method = SLIPWAY_TRY(named(node, "mode", Interpolation::nearest));
  op.axes = all_axes(rank);
  if (node.version() < 11) {  // Resize-10 is Upsample with another name
    op.coordinates = Coordinates::asymmetric;
    op.nearest = Nearest::floor;
    request.scales = SLIPWAY_TRY(node.input(1));
    return emit(node, std::move(request));
  }
  op.coordinates =
      SLIPWAY_TRY(named(node, "coordinate_transformation_mode", Coordinates::half_pixel));
  op.nearest = SLIPWAY_TRY(named(node, "nearest_mode", Nearest::round_prefer_floor));
  op.cubic_a = SLIPWAY_TRY(node.number("cubic_coeff_a", -0.75F));
  op.exclude_outside = SLIPWAY_TRY(node.integer("exclude_outside", 0)) != 0;
  op.extrapolation_value = SLIPWAY_TRY(node.number("extrapolation_value", 0));
  op.antialias = SLIPWAY_TRY(node.integer("antialias", 0)) != 0;
  op.aspect = SLIPWAY_TRY(named(node, "keep_aspect_ratio_policy", AspectPolicy::stretch));
  if (node.has_attribute("axes")) op.axes = SLIPWAY_TRY(node.integer_list("axes"));
  if (op.coordinates == Coordinates::tf_crop_and_resize)
    request.region = SLIPWAY_TRY(given(node, 1));
  request.scales = SLIPWAY_TRY(given(node, 2));
  request.size = SLIPWAY_TRY(given(node, 3));
  if (request.size.exists()) request.scales = kNoValue;
  return emit(node, std::move(request));
}

Result<void> upsample(OnnxNode& node) {
  Request request;
  request.x = SLIPWAY_TRY(node.input(0));
  auto& op = request.op;
  op.method = SLIPWAY_TRY(named(node, "mode", Interpolation::nearest));
  op.coordinates = Coordinates::asymmetric;
  op.nearest = Nearest::floor;
  op.axes = all_axes(node.type(request.x).shape.rank());
  if (node.version() < 7) return fail(Code::unsupported, "Upsample of version 1");
  request.scales = node.version() < 9
                       ? node.constant("scales", reals_of(SLIPWAY_TRY(node.number_list("scales"))))
                       : SLIPWAY_TRY(node.input(1));
  return emit(node, std::move(request));
}

}  // namespace

std::span<const OnnxRow> onnx_resize() {
  static constexpr OnnxRow kRows[] = {
      {"Resize", resize},
      {"Upsample", upsample},
  };
  return kRows;
}

}  // namespace slipway::formats
