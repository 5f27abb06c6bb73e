#include "ops/resize/separable.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/ranges.h>

namespace slipway::ops {
namespace {

/// A size of at most the largest dimension, from a product that may be anything.
Result<std::int64_t> checked_size(float size) {
  if (!(size >= 0 && size < static_cast<float>(Shape::kMaxElements)))
    return fail(Code::invalid_input, "a dimension of {}", size);
  return static_cast<std::int64_t>(size);
}

/// One number per axis, or nothing where the tensor is left out or empty.
Result<std::vector<float>> numbers(const Tensor* tensor, std::size_t count, std::string_view what) {
  if (tensor == nullptr || tensor->elements() == 0) return std::vector<float>();
  if (tensor->elements() != static_cast<std::int64_t>(count))
    return fail(Code::invalid_input, "{} {} instead of {}", tensor->elements(), what, count);
  std::vector<float> out;
  for (const double x : to_doubles(*tensor)) out.push_back(static_cast<float>(x));
  return out;
}

/// The one scale of all axes that keeps the picture's proportions.
Result<void> keep_aspect(std::vector<Stretch*>& axes, AspectPolicy policy) {
  float scale = axes[0]->scale;
  for (const auto* axis : axes) {
    scale = policy == AspectPolicy::not_larger ? std::min(scale, axis->scale)
                                               : std::max(scale, axis->scale);
  }
  for (auto* axis : axes) {
    const float length = scale * static_cast<float>(axis->in);
    axis->scale = scale;
    axis->length = length;
    axis->out = SLIPWAY_TRY(checked_size(std::floor(length + 0.5F)));
  }
  return {};
}

/// The output's place and scale along one axis. Needs `in` to be set.
Result<void> stretch(Stretch& axis, const std::optional<std::int64_t>& size,
                     const std::optional<float>& scale) {
  const auto in = static_cast<float>(axis.in);
  if (scale && !(*scale > 0 && std::isfinite(*scale)))
    return fail(Code::invalid_input, "a scale of {}", *scale);
  axis.out = size ? *size : SLIPWAY_TRY(checked_size(std::floor(in * *scale)));
  if (axis.in == 0 && axis.out > 0)
    return fail(Code::invalid_input, "{} elements made of none", axis.out);
  axis.scale = scale ? *scale : static_cast<float>(axis.out) / std::max(in, 1.0F);
  axis.length = scale ? in * *scale : static_cast<float>(axis.out);
  const float tolerance = 1 + axis.length * 1e-5F;
  if (std::abs(axis.length - static_cast<float>(axis.out)) > tolerance)
    return fail(Code::invalid_input, "{} times {} elements are not {}", axis.scale, axis.in,
                axis.out);
  return {};
}

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, double> || std::is_integral_v<T>, double, float>;

template <class T>
T narrowed(Wide<T> x) {
  if constexpr (std::is_integral_v<T>) {
    const Wide<T> whole = std::round(x);
    if (!(whole > static_cast<Wide<T>>(std::numeric_limits<T>::lowest())))
      return std::numeric_limits<T>::lowest();
    if (whole >= static_cast<Wide<T>>(std::numeric_limits<T>::max()))
      return std::numeric_limits<T>::max();
    return static_cast<T>(whole);
  } else {
    return T(x);
  }
}

/// y[o, j, i] = the sum of weight * x[o, at, i] over the taps of j.
template <class T>
std::vector<T> along_axis(const std::vector<T>& x, std::size_t inner, const Stretch& stretch,
                          const Resize& op) {
  const auto in = static_cast<std::size_t>(stretch.in);
  const auto out = static_cast<std::size_t>(stretch.out);
  const std::size_t outer = x.size() / (in * inner);
  std::vector<T> y(outer * out * inner, T{0});
  for (std::size_t j = 0; j < out; ++j) {
    for (const auto& tap : taps_at(static_cast<std::int64_t>(j), stretch, op)) {
      const auto at = static_cast<std::size_t>(tap.at);
      const auto weight = static_cast<T>(tap.weight);
      for (std::size_t o = 0; o < outer; ++o) {
        for (std::size_t i = 0; i < inner; ++i)
          y[(o * out + j) * inner + i] += weight * x[(o * in + at) * inner + i];
      }
    }
  }
  return y;
}

bool stays(const Stretch& axis) {
  return axis.in == axis.out && axis.scale == 1 && axis.roi_start == 0 && axis.roi_end == 1;
}

/// The stretched values, row by row. Needs T to be float or double.
template <class T>
std::vector<T> stretched(std::vector<T> values, const Resize& op,
                         const std::vector<Stretch>& stretches) {
  // What shrinks most goes first, so that nothing in between is larger than both ends.
  std::vector<std::size_t> order(stretches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto ratio = [&](std::size_t i) {
      return static_cast<double>(stretches[i].out) / static_cast<double>(stretches[i].in);
    };
    return ratio(a) < ratio(b);
  });
  std::vector<std::int64_t> dims;
  for (const auto& axis : stretches) dims.push_back(axis.in);
  for (const auto axis : order) {
    const auto& stretch = stretches[axis];
    if (stays(stretch)) continue;
    std::int64_t inner = 1;
    for (std::size_t i = axis + 1; i < dims.size(); ++i) inner *= dims[i];
    values = along_axis(values, static_cast<std::size_t>(inner), stretch, op);
    dims[axis] = stretch.out;
  }
  if (op.coordinates != Coordinates::tf_crop_and_resize) return values;
  std::size_t i = 0;
  for (Walk walk(dims); !walk.done(); walk.next(), ++i) {
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      if (!stays(stretches[axis]) && extrapolates(walk.at()[axis], stretches[axis], op))
        values[i] = static_cast<T>(op.extrapolation_value);
    }
  }
  return values;
}

template <class T>
void run(EvalIo& io, const Resize& op, const std::vector<Stretch>& stretches) {
  const auto x = io.in<T>(0);
  std::vector<Wide<T>> values;
  values.reserve(x.size());
  for (const auto element : x) values.push_back(static_cast<Wide<T>>(element));
  values = stretched(std::move(values), op, stretches);
  const auto y = io.out<T>(0);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = narrowed<T>(values[i]);
}

template <class T>
void run_nearest(EvalIo& io, const Resize& op, const std::vector<Stretch>& stretches) {
  std::vector<Places> from;
  for (const auto& axis : stretches)
    from.push_back(stays(axis) ? places(axis.in) : nearest_of(axis, op));
  const T outside = narrowed<T>(static_cast<Wide<T>>(op.extrapolation_value));
  pick(io.input(0), from, std::as_bytes(std::span(&outside, 1)), io.out_bytes(0));
}

}  // namespace

Result<std::vector<Stretch>> stretches_of(const Resize& op, const Shape& x, const Tensor* size,
                                          const Tensor* scales, const Tensor* roi) {
  const std::size_t count = op.axes.size();
  const auto given = SLIPWAY_TRY(numbers(scales, count, "scales"));
  const auto region = SLIPWAY_TRY(numbers(roi, 2 * count, "corners of a region"));
  std::vector<std::int64_t> sizes;
  if (size != nullptr) sizes = SLIPWAY_TRY(to_integers(*size));
  if (sizes.empty() && given.empty() && count > 0)
    return fail(Code::invalid_input, "neither a size nor scales");
  const bool positive = std::all_of(sizes.begin(), sizes.end(), [](auto n) { return n > 0; });
  if (!sizes.empty() && (sizes.size() != count || !positive)) {
    return fail(Code::invalid_input, "{} cannot be resized to [{}]", x.text(),
                fmt::join(sizes, ","));
  }
  std::vector<Stretch> out;
  for (const auto dim : x)
    out.push_back({.in = dim, .out = dim, .length = static_cast<float>(dim)});
  std::vector<Stretch*> axes;
  for (std::size_t i = 0; i < count; ++i) {
    auto& axis = out[SLIPWAY_TRY(checked_axis(op.axes[i], x.rank()))];
    SLIPWAY_TRY(stretch(axis, sizes.empty() ? std::nullopt : std::optional(sizes[i]),
                        given.empty() ? std::nullopt : std::optional(given[i]))
                    .during("resizing {}", x.text()));
    if (!region.empty()) {
      axis.roi_start = region[i];
      axis.roi_end = region[count + i];
    }
    axes.push_back(&axis);
  }
  if (op.aspect != AspectPolicy::stretch && !sizes.empty() && given.empty())
    SLIPWAY_TRY(keep_aspect(axes, op.aspect));
  return out;
}

void resize_separably(EvalIo& io, const Resize& op, const std::vector<Stretch>& stretches) {
  visit(io.type(0).dtype, [&]<class T>(T) {
    if (op.method == Interpolation::nearest) {
      run_nearest<T>(io, op, stretches);
    } else if constexpr (!std::is_same_v<T, bool>) {
      run<T>(io, op, stretches);
    }
  });
}

}  // namespace slipway::ops
