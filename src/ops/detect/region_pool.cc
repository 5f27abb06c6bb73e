#include "ops/detect/region_pool.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

Result<Types> region_types(const KnownInputs& inputs, std::int64_t height, std::int64_t width,
                           std::int64_t channels) {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  const auto& regions = inputs.type(1);
  SLIPWAY_TRY(check_dtype("x", x, {DType::f32}));
  SLIPWAY_TRY(check_dtype("the regions", regions, {DType::f32}));
  SLIPWAY_TRY(check_rank("x", x, 4));
  SLIPWAY_TRY(check_rank("the regions", regions, 2));
  if (regions.shape[1] != 5 && regions.shape[1] != Shape::kUnknown)
    return fail(Code::invalid_input, "regions {} instead of [?,5]", regions.shape.text());
  if (height < 1 || width < 1 || height > INT32_MAX || width > INT32_MAX)
    return fail(Code::invalid_input, "regions of {} by {} bins", height, width);
  if (x.shape[1] == 0 || x.shape[2] == 0)
    return fail(Code::invalid_input, "{} has no elements", x.shape.text());
  const std::int64_t dims[] = {regions.shape[0], height, width, channels};
  return Types{TensorType{DType::f32, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

/// The regions up to the one that ends the list.
///
/// Errors  invalid_input: a picture that x does not have
Result<std::span<const float>> checked_regions(const EvalIo& io) {
  const auto all = io.in<float>(1);
  if (io.input(1).shape()[1] != 5)
    return fail(Code::invalid_input, "regions {} instead of [?,5]", io.input(1).shape().text());
  const auto pictures = static_cast<float>(io.input(0).shape()[0]);
  for (std::size_t i = 0; i < all.size(); i += 5) {
    if (all[i] == -1) return all.first(i);
    if (!(all[i] >= 0 && all[i] < pictures))
      return fail(Code::invalid_input, "a region of picture {} of {}", all[i], pictures);
  }
  return all;
}

/// One direction of a region, in parts of the size.
struct Side {
  float from;
  float to;
};

/// Where the i-th of `count` places of a side lies among `size` elements.
float place(const Side& side, std::int64_t i, std::int64_t count, std::int64_t size) {
  const auto last = static_cast<float>(size - 1);
  if (count == 1) return 0.5F * (side.from + side.to) * last;
  // What is computed of steps may lie a little behind the end.
  if (i == count - 1) return side.to * last;
  const float step = (side.to - side.from) * last / static_cast<float>(count - 1);
  return static_cast<float>(i) * step + side.from * last;
}

/// One picture of x, which is [h, w, c].
struct Plane {
  std::span<const float> x;
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;

  [[nodiscard]] float at(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    return x[static_cast<std::size_t>((row * width + column) * channels + channel)];
  }

  /// Between the four elements around a place; 0 outside.
  [[nodiscard]] float linear(float y, float x_place, std::int64_t channel) const {
    const bool inside = y >= 0 && y <= static_cast<float>(height - 1) && x_place >= 0 &&
                        x_place <= static_cast<float>(width - 1);
    if (!inside) return 0;
    const auto top = static_cast<std::int64_t>(y);
    const auto left = static_cast<std::int64_t>(x_place);
    const auto bottom = std::min(top + 1, height - 1);
    const auto right = std::min(left + 1, width - 1);
    const float down = y - static_cast<float>(top);
    const float across = x_place - static_cast<float>(left);
    const auto mix = [](float a, float b, float t) { return a + (b - a) * t; };
    return mix(mix(at(top, left, channel), at(top, right, channel), across),
               mix(at(bottom, left, channel), at(bottom, right, channel), across), down);
  }
};

Plane plane_of(const EvalIo& io, float picture) {
  const auto& s = io.input(0).shape();
  const auto size = static_cast<std::size_t>(s[1] * s[2] * s[3]);
  const auto from = static_cast<std::size_t>(picture) * size;
  return {io.in<float>(0).subspan(from, size), s[1], s[2], s[3]};
}

/// The mean of the elements under a bin, one side of which is [from, to).
struct Bin {
  std::int64_t from;
  std::int64_t to;
};

Bin bin_of(float from, float to, std::int64_t i, std::int64_t bins, float scale,
           std::int64_t size) {
  const float start = std::round(from) * scale;
  const float end = (std::round(to) + 1.0F) * scale;
  constexpr float kLeast = 0.1F;
  const float step = std::max(end - start, kLeast) / static_cast<float>(bins);
  const auto inside = [&](float at) {
    return static_cast<std::int64_t>(
        std::isnan(at) ? 0.0F : std::clamp(at, 0.0F, static_cast<float>(size)));
  };
  return {inside(std::floor(static_cast<float>(i) * step + start)),
          inside(std::ceil(static_cast<float>(i + 1) * step + start))};
}

float mean_of(const Plane& plane, const Bin& rows, const Bin& columns, std::int64_t channel) {
  const auto count = std::max<std::int64_t>(rows.to - rows.from, 0) *
                     std::max<std::int64_t>(columns.to - columns.from, 0);
  if (count == 0) return 0;
  float sum = 0;
  for (auto row = rows.from; row < rows.to; ++row) {
    for (auto column = columns.from; column < columns.to; ++column)
      sum += plane.at(row, column, channel);
  }
  return sum / static_cast<float>(count);
}

/// A part of a side that is cut into `parts`.
Side part_of(float from, float to, std::int64_t i, std::int64_t parts) {
  const float step = (to - from) / static_cast<float>(parts);
  return {from + static_cast<float>(i) * step, from + static_cast<float>(i + 1) * step};
}

float mean_of_parts(const Plane& plane, std::span<const float> region, const PsRoiPool& op,
                    std::int64_t i, std::int64_t j, std::int64_t channel) {
  float sum = 0;
  for (std::int64_t py = 0; py < op.parts_y; ++py) {
    const auto rows = part_of(region[2] * op.scale, region[4] * op.scale, py, op.parts_y);
    for (std::int64_t px = 0; px < op.parts_x; ++px) {
      const auto columns = part_of(region[1] * op.scale, region[3] * op.scale, px, op.parts_x);
      sum += plane.linear(place(rows, i, op.height, plane.height),
                          place(columns, j, op.width, plane.width),
                          (py * op.parts_x + px) * op.channels + channel);
    }
  }
  return sum / static_cast<float>(op.parts_y * op.parts_x);
}

/// y[to++] = value(plane, region, i, j, c) for every element of the regions that count.
template <class Value>
Result<void> for_each_bin(EvalIo& io, std::int64_t height, std::int64_t width,
                          std::int64_t channels, Value value) {
  auto regions = SLIPWAY_TRY(checked_regions(io));
  const auto y = io.out<float>(0);
  std::size_t to = 0;
  for (; !regions.empty(); regions = regions.subspan(5)) {
    const auto plane = plane_of(io, regions[0]);
    for (std::int64_t i = 0; i < height; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        for (std::int64_t c = 0; c < channels; ++c, ++to)
          y[to] = value(plane, regions.first(5), i, j, c);
      }
    }
  }
  return {};
}

}  // namespace

Result<Types> RoiResize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_rank("x", inputs.type(0), 4));
  return region_types(inputs, height, width, inputs.type(0).shape[3]);
}

Cost RoiResize::cost(std::span<const TensorType> inputs) const {
  return {.macs = saturating_product({4, inputs[1].shape[0], height, width, inputs[0].shape[3]})};
}

Result<void> RoiResize::eval(EvalIo& io) const {
  return for_each_bin(io, height, width, io.input(0).shape()[3],
                      [&](const Plane& plane, std::span<const float> region, std::int64_t i,
                          std::int64_t j, std::int64_t c) {
                        const float row = place({region[2], region[4]}, i, height, plane.height);
                        const float column = place({region[1], region[3]}, j, width, plane.width);
                        return plane.linear(row, column, c);
                      });
}

Result<Types> PsRoiPool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_rank("x", inputs.type(0), 4));
  constexpr std::int64_t kMostParts = 4096;
  if (channels < 1 || channels > INT32_MAX || parts_y < 1 || parts_x < 1 || parts_y > kMostParts ||
      parts_x > kMostParts)
    return fail(Code::invalid_input, "{} channels in {} by {} parts", channels, parts_y, parts_x);
  auto types = SLIPWAY_TRY(region_types(inputs, height, width, channels));
  const auto has = inputs.type(0).shape[3];
  const auto needs = linear ? saturating_product({channels, parts_y, parts_x})
                            : saturating_product({channels, height, width});
  if (has != Shape::kUnknown && has != needs)
    return fail(Code::invalid_input, "x has {} channels instead of {}", has, needs);
  return types;
}

Cost PsRoiPool::cost(std::span<const TensorType> inputs) const {
  const auto each = linear ? saturating_product({4, parts_y, parts_x}) : 1;
  return {.macs = saturating_product({each, inputs[1].shape[0], height, width, channels})};
}

Result<void> PsRoiPool::eval(EvalIo& io) const {
  return for_each_bin(io, height, width, channels,
                      [&](const Plane& plane, std::span<const float> region, std::int64_t i,
                          std::int64_t j, std::int64_t c) {
                        if (linear) return mean_of_parts(plane, region, *this, i, j, c);
                        return mean_of(plane,
                                       bin_of(region[2], region[4], i, height, scale, plane.height),
                                       bin_of(region[1], region[3], j, width, scale, plane.width),
                                       (c * height + i) * width + j);
                      });
}

}  // namespace slipway::ops
