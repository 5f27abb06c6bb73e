#include "ops/resize/resize.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/resize/neighbours.h"
#include "ops/resize/separable.h"

namespace slipway::ops {
namespace {

/// As place() of sample.h, but with a factor of in / out, whose last bits differ from those of a
/// division by out / in.
float scaled_place(std::int64_t i, std::int64_t in, std::int64_t out, Coordinates coordinates) {
  const auto at = static_cast<float>(i);
  const bool corners = coordinates == Coordinates::align_corners && out > 1;
  const float scale = corners ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                              : static_cast<float>(in) / static_cast<float>(out);
  switch (coordinates) {
    case Coordinates::asymmetric:
    case Coordinates::align_corners:
      return at * scale;
    case Coordinates::half_pixel:
      return (at + 0.5F) * scale - 0.5F;
    case Coordinates::tf_half_pixel_for_nn:
      return (at + 0.5F) * scale;
    case Coordinates::pytorch_half_pixel:
      return out > 1 ? (at + 0.5F) * scale - 0.5F : 0.0F;
    default:
      return 0;  // is_plain() lets none of them through
  }
}

Places nearest_places(std::int64_t in, std::int64_t out, const Resize& op) {
  Places from = places(out);
  for (auto& at : from) {
    const float x = rounded(scaled_place(at, in, out, op.coordinates), op.nearest, 1);
    at = std::clamp<std::int64_t>(static_cast<std::int64_t>(x), 0, in - 1);
  }
  return from;
}

/// The four neighbours of each element of y: calls write(out index, indices, dy, dx).
template <class T, class Write>
void each_neighbourhood(const Shape& x, const Shape& y, const std::vector<Between<T>>& rows,
                        const std::vector<Between<T>>& columns, Write write) {
  std::size_t to = 0;
  for (std::int64_t n = 0; n < y[0]; ++n) {
    for (const auto& row : rows) {
      for (const auto& column : columns) {
        const auto at = [&](std::int64_t i, std::int64_t j) {
          return static_cast<std::size_t>(((n * x[1] + i) * x[2] + j) * x[3]);
        };
        const std::size_t corners[] = {at(row.low, column.low), at(row.high, column.low),
                                       at(row.low, column.high), at(row.high, column.high)};
        for (std::size_t c = 0; c < static_cast<std::size_t>(y[3]); ++c, ++to)
          write(to, corners, c, row.distance, column.distance);
      }
    }
  }
}

/// Floats, and u8 in floats.
template <class T>
void linear_real(EvalIo& io, Coordinates coordinates) {
  const auto& s = io.input(0).shape();
  const auto& out = io.output_type(0).shape;
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  constexpr float kHalf = std::is_integral_v<T> ? 0.5F : 0.0F;
  each_neighbourhood(
      s, out, real_taps(s[1], out[1], coordinates), real_taps(s[2], out[2], coordinates),
      [&](std::size_t to, const std::size_t(&at)[4], std::size_t c, float dy, float dx) {
        const auto corner = [&](int i) { return static_cast<float>(x[at[i] + c]); };
        const float sum = corner(0) * (1 - dy) * (1 - dx) + corner(1) * dy * (1 - dx) +
                          corner(2) * (1 - dy) * dx + corner(3) * dy * dx + kHalf;
        if constexpr (std::is_integral_v<T>) {
          y[to] = static_cast<T>(
              std::clamp(sum, 0.0F, static_cast<float>(std::numeric_limits<T>::max())));
        } else {
          y[to] = sum;
        }
      });
}

template <class T>
void linear_fixed(EvalIo& io, Coordinates coordinates) {
  const auto& s = io.input(0).shape();
  const auto& out = io.output_type(0).shape;
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  each_neighbourhood(s, out, fixed_taps(s[1], out[1], coordinates),
                     fixed_taps(s[2], out[2], coordinates),
                     [&](std::size_t to, const std::size_t(&at)[4], std::size_t c, std::int64_t dy,
                         std::int64_t dx) {
                       const auto corner = [&](int i) { return std::int64_t{x[at[i] + c]}; };
                       const std::int64_t sum = corner(0) * (1024 - dy) * (1024 - dx) +
                                                corner(1) * dy * (1024 - dx) +
                                                corner(2) * (1024 - dy) * dx + corner(3) * dy * dx;
                       y[to] = static_cast<T>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
                     });
}

bool is_picture(const Resize& op, const TensorType& x) {
  return x.shape.rank() == 4 && op.axes == std::vector<std::int64_t>{1, 2};
}

Result<void> check_types(const Resize& op, const KnownInputs& inputs) {
  SLIPWAY_TRY(inputs.count(1, 4));
  if (op.method != Interpolation::nearest && inputs.type(0).dtype == DType::boolean)
    return fail(Code::unsupported, "{} interpolation of bools", name_of(op.method));
  std::vector<bool> named(inputs.type(0).shape.rank(), false);
  for (const auto axis : op.axes) {
    const auto at = SLIPWAY_TRY(checked_axis(axis, named.size()));
    if (named[at]) return fail(Code::invalid_input, "axis {} is named twice", at);
    named[at] = true;
  }
  if (!inputs.has(1) && !inputs.has(2))
    return fail(Code::invalid_input, "neither a size nor scales");
  if (inputs.has(1)) {
    SLIPWAY_TRY(check_dtype("the size", inputs.type(1), {DType::i32, DType::i64}));
    SLIPWAY_TRY(check_rank("the size", inputs.type(1), 1));
  }
  for (const std::size_t i : {2U, 3U}) {
    if (!inputs.has(i)) continue;
    SLIPWAY_TRY(check_dtype("a scale or region", inputs.type(i),
                            {DType::f32, DType::f64, DType::f16, DType::bf16}));
  }
  return {};
}

}  // namespace

bool is_plain(const Resize& op, const TensorType& x, bool has_more) {
  if (!is_picture(op, x) || has_more || op.antialias || op.exclude_outside ||
      op.aspect != AspectPolicy::stretch || op.coordinates > Coordinates::pytorch_half_pixel)
    return false;
  if (op.method == Interpolation::nearest) return op.nearest != Nearest::simple;
  if (op.method == Interpolation::cubic) return false;
  if (x.dtype == DType::f32 || x.dtype == DType::u8) return true;
  return (x.dtype == DType::i8 || x.dtype == DType::i16) &&
         op.coordinates < Coordinates::tf_half_pixel_for_nn;
}

std::vector<Between<float>> real_taps(std::int64_t in, std::int64_t out, Coordinates coordinates) {
  std::vector<Between<float>> taps;
  for (std::int64_t i = 0; i < out; ++i) {
    const float x = scaled_place(i, in, out, coordinates);
    const auto low = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(x)), 0);
    const auto high = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(x)), in - 1);
    taps.push_back(
        {std::min(low, in - 1), std::max<std::int64_t>(high, 0), x - static_cast<float>(low)});
  }
  return taps;
}

std::vector<Between<std::int64_t>> fixed_taps(std::int64_t in, std::int64_t out,
                                              Coordinates coordinates) {
  const bool corners = coordinates == Coordinates::align_corners && out > 1;
  const std::int64_t from = corners ? in - 1 : in;
  const std::int64_t to = corners ? out - 1 : out;
  const std::int64_t scale = (1024 * from + to / 2) / to;
  const std::int64_t offset = coordinates == Coordinates::half_pixel ? scale / 2 - 512 : 0;
  std::vector<Between<std::int64_t>> taps;
  for (std::int64_t i = 0; i < out; ++i) {
    const std::int64_t x = i * scale + offset;
    const auto low = std::clamp<std::int64_t>(x / 1024, 0, in - 1);
    const auto high = std::clamp<std::int64_t>((x + 1023) / 1024, 0, in - 1);
    taps.push_back({low, high, x - 1024 * low});
  }
  return taps;
}

Result<Types> Resize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(check_types(*this, inputs));
  const auto& x = inputs.type(0);
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  bool known = true;
  for (const auto axis : axes)
    known = known && dims[SLIPWAY_TRY(checked_axis(axis, dims.size()))] != Shape::kUnknown;
  for (std::size_t i = 1; i < inputs.size(); ++i)
    known = known && (!inputs.has(i) || inputs.value(i) != nullptr);
  if (known) {
    const auto value = [&](std::size_t i) { return inputs.has(i) ? inputs.value(i) : nullptr; };
    const auto stretches = SLIPWAY_TRY(stretches_of(*this, x.shape, value(1), value(2), value(3)));
    for (std::size_t i = 0; i < dims.size(); ++i) dims[i] = stretches[i].out;
  } else {
    for (const auto axis : axes)
      dims[SLIPWAY_TRY(checked_axis(axis, dims.size()))] = Shape::kUnknown;
  }
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Resize::cost(std::span<const TensorType> inputs) const {
  // The size is a number, not a shape: what is known is the input.
  const std::int64_t elements = inputs[0].shape.elements();
  const auto count = static_cast<std::int64_t>(axes.size());
  if (method == Interpolation::nearest) return {};
  return {.macs = (method == Interpolation::linear ? 4 : 8 * count) * elements};
}

Result<void> Resize::eval(EvalIo& io) const {
  const auto& x = io.input(0).shape();
  const auto& y = io.output_type(0).shape;
  const auto value = [&](std::size_t i) { return io.has(i) ? &io.input(i) : nullptr; };
  const auto stretches = SLIPWAY_TRY(stretches_of(*this, x, value(1), value(2), value(3)));
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    if (stretches[i].out != y[i])
      return fail(Code::invalid_input, "{} cannot be resized to {}", x.text(), y.text());
  }
  if (!is_plain(*this, io.type(0), io.has(2) || io.has(3))) {
    resize_separably(io, *this, stretches);
    return {};
  }
  if (method == Interpolation::nearest) {
    pick(io.input(0),
         {places(x[0]), nearest_places(x[1], y[1], *this), nearest_places(x[2], y[2], *this),
          places(x[3])},
         {}, io.out_bytes(0));
    return {};
  }
  switch (io.type(0).dtype) {
    case DType::f32:
      linear_real<float>(io, coordinates);
      break;
    case DType::u8:
      linear_real<std::uint8_t>(io, coordinates);
      break;
    case DType::i8:
      linear_fixed<std::int8_t>(io, coordinates);
      break;
    default:
      linear_fixed<std::int16_t>(io, coordinates);
      break;
  }
  return {};
}

}  // namespace slipway::ops
