#include "ops/detect/roi.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/check.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

constexpr std::int64_t kMaxSamples = 1024;

/// [r, height, width, c], from x, and `columns` numbers per region.
Result<Types> region_types(const KnownInputs& inputs, std::int64_t columns, std::int64_t height,
                           std::int64_t width) {
  const auto& x = inputs.type(0);
  const auto& regions = inputs.type(1);
  SLIPWAY_TRY(check_dtype("x", x, {DType::f32, DType::f64}));
  SLIPWAY_TRY(check_dtype("the regions", regions, {x.dtype}));
  SLIPWAY_TRY(check_rank("x", x, 4));
  SLIPWAY_TRY(check_rank("the regions", regions, 2));
  if (regions.shape[1] != columns && regions.shape[1] != Shape::kUnknown)
    return fail(Code::invalid_input, "regions {} instead of [?,{}]", regions.shape.text(), columns);
  if (height < 1 || width < 1 || height > INT32_MAX || width > INT32_MAX)
    return fail(Code::invalid_input, "regions of {} by {} bins", height, width);
  if (x.shape[1] == 0 || x.shape[2] == 0)
    return fail(Code::invalid_input, "{} has no elements", x.shape.text());
  const std::int64_t dims[] = {regions.shape[0], height, width, x.shape[3]};
  return Types{TensorType{x.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

/// One direction of a region: where its bins begin, how large they are, how many samples they have.
template <class T>
struct Side {
  T start;
  T bin;
  std::int64_t samples;
};

template <class T>
Result<Side<T>> side_of(T from, T to, std::int64_t bins, const RoiAlign& op) {
  const T offset = op.half_pixel ? T(0.5) : T(0);
  const T start = from * static_cast<T>(op.scale) - offset;
  T length = to * static_cast<T>(op.scale) - offset - start;
  if (!op.half_pixel) length = std::max(length, T(1));
  const T bin = length / static_cast<T>(bins);
  const T samples = op.samples > 0 ? static_cast<T>(op.samples) : std::ceil(bin);
  if (!(samples <= static_cast<T>(kMaxSamples)))
    return fail(Code::unsupported, "a region from {} to {} with {} samples per bin", from, to,
                samples);
  return Side<T>{start, bin, static_cast<std::int64_t>(std::max(samples, T(0)))};
}

/// The two elements around a place and their weights; none outside of the picture.
template <class T>
struct Pair {
  std::int64_t at[2] = {0, 0};
  T weight[2] = {0, 0};
  bool outside = true;
};

template <class T>
Pair<T> around(const Side<T>& side, std::int64_t bin, std::int64_t sample, std::int64_t size) {
  T x = side.start + static_cast<T>(bin) * side.bin +
        (static_cast<T>(sample) + T(0.5)) * side.bin / static_cast<T>(side.samples);
  if (!(x >= -1 && x <= static_cast<T>(size))) return {};
  x = std::max(x, T(0));
  const auto low = std::min(static_cast<std::int64_t>(x), size - 1);
  const auto high = std::min(low + 1, size - 1);
  const T t = low == size - 1 ? T(0) : x - static_cast<T>(low);
  return {{low, high}, {1 - t, t}, false};
}

/// One bin of one channel: `read(i, j)` is x there.
template <class T, class Read>
T bin_value(const Side<T>& rows, const Side<T>& columns, std::int64_t i, std::int64_t j,
            const Shape& x, RoiMethod method, Read read) {
  T sum = 0;
  bool first = true;
  for (std::int64_t a = 0; a < rows.samples; ++a) {
    const auto row = around(rows, i, a, x[1]);
    for (std::int64_t b = 0; b < columns.samples; ++b) {
      const auto column = around(columns, j, b, x[2]);
      const bool outside = row.outside || column.outside;
      T sample = 0;
      for (std::size_t corner = 0; corner < 4; ++corner) {
        const auto p = corner / 2;
        const auto q = corner % 2;
        const T value =
            outside ? T(0) : row.weight[p] * column.weight[q] * read(row.at[p], column.at[q]);
        if (method == RoiMethod::average) {
          sum += value;
        } else if (method == RoiMethod::maximum) {
          sum = first ? value : std::max(sum, value);
          first = false;
        } else {
          sample += value;
        }
      }
      if (method == RoiMethod::peak) sum = std::max(sum, sample);
    }
  }
  const auto count = std::max<std::int64_t>(rows.samples * columns.samples, 1);
  return method == RoiMethod::average ? sum / static_cast<T>(count) : sum;
}

Result<std::int64_t> checked_picture(std::int64_t picture, const Shape& x) {
  if (picture >= 0 && picture < x[0]) return picture;
  return fail(Code::invalid_input, "a region of picture {} of {}", picture, x[0]);
}

template <class T>
Result<void> run_align(EvalIo& io, const RoiAlign& op) {
  const auto& s = io.input(0).shape();
  const auto x = io.in<T>(0);
  const auto regions = io.in<T>(1);
  const auto pictures = SLIPWAY_TRY(to_integers(io.input(2)));
  const auto y = io.out<T>(0);
  std::size_t to = 0;
  for (std::size_t r = 0; r < pictures.size(); ++r) {
    const auto n = SLIPWAY_TRY(checked_picture(pictures[r], s));
    const auto region = regions.subspan(4 * r, 4);
    const auto rows = SLIPWAY_TRY(side_of(region[1], region[3], op.height, op));
    const auto columns = SLIPWAY_TRY(side_of(region[0], region[2], op.width, op));
    for (std::int64_t i = 0; i < op.height; ++i) {
      for (std::int64_t j = 0; j < op.width; ++j) {
        for (std::int64_t c = 0; c < s[3]; ++c, ++to) {
          y[to] = bin_value(rows, columns, i, j, s, op.method,
                            [&](std::int64_t row, std::int64_t column) {
                              const auto at = ((n * s[1] + row) * s[2] + column) * s[3] + c;
                              return x[static_cast<std::size_t>(at)];
                            });
        }
      }
    }
  }
  return {};
}

/// The elements of bin `i` of a region, brought into the picture.
struct Bin {
  std::int64_t from;
  std::int64_t to;
};

template <class T>
Bin bin_of(T from, T to, std::int64_t i, std::int64_t bins, float scale, std::int64_t size) {
  const auto far = static_cast<double>(Shape::kMaxElements);
  const auto place = [&](T x) {
    const double at = std::round(static_cast<double>(x * static_cast<T>(scale)));
    return std::isnan(at) ? 0 : std::clamp(at, -far, far);
  };
  const double start = place(from);
  const double length = std::max(place(to) - start + 1, 1.0);
  const double step = length / static_cast<double>(bins);
  const auto inside = [&](double at) {
    return static_cast<std::int64_t>(std::clamp(at + start, 0.0, static_cast<double>(size)));
  };
  return {inside(std::floor(static_cast<double>(i) * step)),
          inside(std::ceil(static_cast<double>(i + 1) * step))};
}

template <class T>
Result<void> run_pool(EvalIo& io, const MaxRoiPool& op) {
  const auto& s = io.input(0).shape();
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  auto regions = io.in<T>(1);
  std::size_t to = 0;
  for (; regions.size() >= 5; regions = regions.subspan(5)) {
    if (op.ends && regions[0] == -1) break;
    const bool whole = regions[0] >= 0 && regions[0] < static_cast<T>(s[0]);
    const auto picture = whole ? static_cast<std::int64_t>(regions[0]) : -1;
    const auto n = SLIPWAY_TRY(checked_picture(picture, s));
    for (std::int64_t i = 0; i < op.height; ++i) {
      const auto rows = bin_of(regions[2], regions[4], i, op.height, op.scale, s[1]);
      for (std::int64_t j = 0; j < op.width; ++j) {
        const auto columns = bin_of(regions[1], regions[3], j, op.width, op.scale, s[2]);
        const bool empty = rows.from >= rows.to || columns.from >= columns.to;
        for (std::int64_t c = 0; c < s[3]; ++c, ++to) {
          T best = empty ? T(0) : std::numeric_limits<T>::lowest();
          for (auto row = rows.from; row < rows.to; ++row) {
            for (auto column = columns.from; column < columns.to; ++column) {
              const auto at = ((n * s[1] + row) * s[2] + column) * s[3] + c;
              best = std::max(best, x[static_cast<std::size_t>(at)]);
            }
          }
          y[to] = best;
        }
      }
    }
  }
  return {};
}

}  // namespace

Result<Types> RoiAlign::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  SLIPWAY_TRY(check_dtype("the pictures", inputs.type(2), {DType::i32, DType::i64}));
  SLIPWAY_TRY(check_rank("the pictures", inputs.type(2), 1));
  if (samples < 0 || samples > kMaxSamples)
    return fail(Code::unsupported, "{} samples per bin", samples);
  return region_types(inputs, 4, height, width);
}

Cost RoiAlign::cost(std::span<const TensorType> inputs) const {
  const std::int64_t each = samples > 0 ? samples * samples : 1;
  return {.macs =
              saturating_product({4, each, inputs[1].shape[0], height, width, inputs[0].shape[3]})};
}

Result<void> RoiAlign::eval(EvalIo& io) const {
  if (io.input(2).elements() != io.input(1).shape()[0] || io.input(1).shape()[1] != 4)
    return fail(Code::invalid_input, "{} pictures of {} regions", io.input(2).elements(),
                io.input(1).shape()[0]);
  return io.type(0).dtype == DType::f32 ? run_align<float>(io, *this)
                                        : run_align<double>(io, *this);
}

Result<Types> MaxRoiPool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  return region_types(inputs, 5, height, width);
}

Cost MaxRoiPool::cost(std::span<const TensorType> inputs) const {
  return {.ops = saturating_product({inputs[1].shape[0], inputs[0].shape.elements()})};
}

Result<void> MaxRoiPool::eval(EvalIo& io) const {
  if (io.input(1).shape()[1] != 5)
    return fail(Code::invalid_input, "regions {} instead of [?,5]", io.input(1).shape().text());
  return io.type(0).dtype == DType::f32 ? run_pool<float>(io, *this) : run_pool<double>(io, *this);
}

}  // namespace slipway::ops
