#include "engine/head_steps.h"

#include <cmath>

#include "engine/places.h"
#include "kernels/fixed_body.h"
#include "kernels/pool.h"
#include "kernels/softmax_f32.h"

namespace slipway::engine {
namespace {

using kernels::doubling_high;
using kernels::rounding_shift;

std::int32_t shift_left_saturated(std::int32_t x, int exponent) {
  const std::int32_t limit = INT32_MAX >> exponent;
  if (x > limit) return INT32_MAX;
  if (x < -limit - 1) return INT32_MIN;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x)
                                   << static_cast<unsigned>(exponent));
}

/// 1 / (1 + x) for x in [0, 1], both without integer bits: Newton's iteration for 1 / d with
/// d = (1 + x) / 2, two integer bits.
std::int32_t one_over_one_plus(std::int32_t x) {
  const std::int64_t sum = std::int64_t{x} + INT32_MAX;
  const auto half = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  std::int32_t y = 1515870810 + doubling_high(half, -1010580540);
  for (int i = 0; i < 3; ++i) {
    const std::int32_t miss = (1 << 29) - doubling_high(half, y);
    y += shift_left_saturated(doubling_high(y, miss), 2);
  }
  return shift_left_saturated(y, 1);
}

template <class T>
void softmax_row(const SoftmaxBytesStep& step, const std::int32_t* table, const T* x, T* y) {
  constexpr int kSumBits = 12;
  constexpr std::int32_t kLow = static_cast<T>(-1) < 0 ? -128 : 0;
  std::int32_t largest = x[0];
  for (std::int64_t i = 1; i < step.length; ++i) largest = x[i] > largest ? x[i] : largest;
  std::int64_t all = 0;
  for (std::int64_t i = 0; i < step.length; ++i) all += table[256 + largest - x[i]];
  const auto sum = static_cast<std::uint32_t>(all < INT32_MAX ? all : INT32_MAX);
  const int headroom = __builtin_clz(sum);
  const auto shifted =
      static_cast<std::int32_t>((sum << static_cast<unsigned>(headroom)) - (1U << 31U));
  const std::int32_t inverse = one_over_one_plus(shifted);
  const int exponent = kSumBits - headroom + 31 - 8;
  const int held = exponent < 0 ? 0 : exponent > 31 ? 31 : exponent;
  for (std::int64_t i = 0; i < step.length; ++i) {
    const std::int32_t difference = largest - x[i];
    std::int64_t value = kLow;
    if (difference <= step.farthest)
      value += rounding_shift(doubling_high(inverse, table[difference]), held);
    y[i] = static_cast<T>(value < kLow ? kLow : value > kLow + 255 ? kLow + 255 : value);
  }
}

template <class T>
void softmax_rows(const SoftmaxBytesStep& step, const Bases& bases, int first, int last) {
  const auto* table = read_at<std::int32_t>(step.table, bases);
  for (std::int64_t row = first; row < last; ++row) {
    softmax_row(step, table, read_at<T>(step.in, bases) + row * step.length,
                write_at<T>(step.out, bases) + row * step.length);
  }
}

float weighed(const float (&corners)[4], float dy, float dx) {
  return corners[0] * (1 - dy) * (1 - dx) + corners[1] * dy * (1 - dx) +
         corners[2] * (1 - dy) * dx + corners[3] * dy * dx;
}

void weigh(const std::uint8_t* const (&at)[4], const Tap& row, const Tap& column, int channels,
           std::uint8_t* out) {
  for (int c = 0; c < channels; ++c) {
    const auto corner = [&](int i) { return static_cast<float>(at[i][c]); };
    const float sum =
        weighed({corner(0), corner(1), corner(2), corner(3)}, row.distance, column.distance) + 0.5F;
    const float held = sum < 0 ? 0.0F : sum > 255 ? 255.0F : sum;
    out[c] = static_cast<std::uint8_t>(static_cast<std::int32_t>(held));
  }
}

void weigh(const std::int8_t* const (&at)[4], const Tap& row, const Tap& column, int channels,
           std::int8_t* out) {
  const std::int64_t dy = row.steps;
  const std::int64_t dx = column.steps;
  for (int c = 0; c < channels; ++c) {
    const std::int64_t sum = at[0][c] * (1024 - dy) * (1024 - dx) + at[1][c] * dy * (1024 - dx) +
                             at[2][c] * (1024 - dy) * dx + at[3][c] * dy * dx;
    out[c] = static_cast<std::int8_t>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
  }
}

template <class T>
void resize(const ResizeStep& step, const Bases& bases, int first, int last) {
  const auto* rows = read_at<Tap>(step.rows, bases);
  const auto* columns = read_at<Tap>(step.columns, bases);
  const std::int64_t line = std::int64_t{step.width} * step.channels;
  T* out = write_at<T>(step.out, bases) + std::int64_t{first} * step.out_width * step.channels;
  for (int unit = first; unit < last; ++unit) {
    const T* picture =
        read_at<T>(step.in, bases) + std::int64_t{unit / step.out_height} * step.height * line;
    const Tap& row = rows[unit % step.out_height];
    for (int x = 0; x < step.out_width; ++x, out += step.channels) {
      const Tap& column = columns[x];
      const T* low = picture + row.low * line;
      const T* high = picture + row.high * line;
      const std::int64_t left = std::int64_t{column.low} * step.channels;
      const std::int64_t right = std::int64_t{column.high} * step.channels;
      const T* const at[4] = {low + left, high + left, low + right, high + right};
      weigh(at, row, column, step.channels, out);
    }
  }
}

}  // namespace

void run(const SoftmaxF32Step& step, const Bases& bases, int first, int last) {
  kernels::softmax_f32_variants()[step.header.variant].run(
      {read_at<float>(step.in, bases), write_at<float>(step.out, bases), first, last, step.length,
       step.inner, step.beta, step.log != 0});
}

void run(const SoftmaxBytesStep& step, const Bases& bases, int first, int last) {
  if (step.is_signed != 0) return softmax_rows<std::int8_t>(step, bases, first, last);
  softmax_rows<std::uint8_t>(step, bases, first, last);
}

void run(const ResizeStep& step, const Bases& bases, int first, int last) {
  switch (static_cast<kernels::PoolType>(step.type)) {
    case kernels::PoolType::f32:
      return kernels::resize_f32_variants()[step.header.variant].run(
          {read_at<float>(step.in, bases), write_at<float>(step.out, bases),
           read_at<Tap>(step.rows, bases), read_at<Tap>(step.columns, bases), step.height,
           step.width, step.out_height, step.out_width, step.channels, first, last});
    case kernels::PoolType::u8:
      return resize<std::uint8_t>(step, bases, first, last);
    case kernels::PoolType::i8:
      return resize<std::int8_t>(step, bases, first, last);
    case kernels::PoolType::bf16:
      return;  // no plan of ours asks for it
  }
}

void run(const ResampleStep& step, const Bases& bases, int first, int last) {
  const auto* begins = read_at<std::int32_t>(step.begins, bases);
  const auto* taps = read_at<WeightedTap>(step.taps, bases);
  for (std::int64_t o = first; o < last; ++o) {
    const float* in = read_at<float>(step.in, bases) + o * step.in_length * step.inner;
    float* out = write_at<float>(step.out, bases) + o * step.out_length * step.inner;
    for (std::int64_t j = 0; j < step.out_length; ++j, out += step.inner) {
      for (std::int64_t i = 0; i < step.inner; ++i) out[i] = 0;
      for (std::int32_t t = begins[j]; t < begins[j + 1]; ++t) {
        const float weight = taps[t].weight;
        const float* from = in + taps[t].at * step.inner;
        for (std::int64_t i = 0; i < step.inner; ++i) out[i] += weight * from[i];
      }
    }
  }
}

void run(const QuantizeStep& step, const Bases& bases, int first, int last) {
  const std::int64_t behind = last * step.unit_elements;
  const std::int64_t end = behind < step.count ? behind : step.count;
  const float low = static_cast<float>((step.is_signed != 0 ? -128 : 0) - step.zero);
  const float high = low + 255;
  const auto* in = read_at<float>(step.in, bases);
  auto* out = write_at<std::uint8_t>(step.out, bases);
  for (std::int64_t i = first * step.unit_elements; i < end; ++i) {
    const float x = in[i] / step.scale;
    const float steps = step.halves_to_even != 0 ? std::nearbyint(x) : std::round(x);
    const float held = steps > low ? (steps < high ? steps : high) : low;
    out[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(held) + step.zero);
  }
}

}  // namespace slipway::engine
