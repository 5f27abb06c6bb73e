#pragma once
// pool as loops over channels that compilers turn into vectors, private to each file that includes
// it.

#include "kernels/math_body.h"
#include "kernels/pool_isa.h"

namespace slipway::kernels {
namespace {

/// The part of a window that lies on the picture.
struct Seen {
  std::int64_t first[3];  // kernel positions
  std::int64_t last[3];
  std::int64_t origin[3];     // places in the picture of kernel position 0
  std::int64_t inside;        // elements
  std::int64_t with_padding;  // elements that lie on the picture or its padding
};

void look(const PoolShape& shape, const std::int64_t (&at)[3], Seen& seen) {
  seen.inside = seen.with_padding = 1;
  for (int i = 0; i < 3; ++i) {
    const std::int64_t begin = at[i] * shape.stride[i] - shape.pad[i];
    const std::int64_t step = shape.dilation[i];
    std::int64_t first = begin < 0 ? (-begin + step - 1) / step : 0;
    std::int64_t last = shape.in[i] > begin ? (shape.in[i] - begin + step - 1) / step : 0;
    std::int64_t padded = shape.in[i] + shape.pad_end[i] - begin;
    padded = padded > 0 ? (padded + step - 1) / step : 0;
    if (last > shape.kernel[i]) last = shape.kernel[i];
    if (first > last) first = last;
    seen.first[i] = first;
    seen.last[i] = last;
    seen.origin[i] = begin;
    seen.inside *= last - first;
    seen.with_padding *= padded < shape.kernel[i] ? padded : shape.kernel[i];
  }
}

/// Folds `kTogether` channels of all elements under the window.
template <int kTogether, class T, class Sum, class Fold>
SLIPWAY_INLINE void fold(const PoolShape& shape, const Seen& seen, const T* picture,
                         Sum (&sums)[kTogether], Fold f) {
  for (std::int64_t z = seen.first[0]; z < seen.last[0]; ++z) {
    const std::int64_t plane = seen.origin[0] + z * shape.dilation[0];
    for (std::int64_t y = seen.first[1]; y < seen.last[1]; ++y) {
      const std::int64_t row = plane * shape.in[1] + seen.origin[1] + y * shape.dilation[1];
      const T* pixel =
          picture + (row * shape.in[2] + seen.origin[2] + seen.first[2] * shape.dilation[2]) *
                        shape.in_stride;
      for (std::int64_t x = seen.first[2]; x < seen.last[2];
           ++x, pixel += shape.dilation[2] * shape.in_stride) {
        for (int c = 0; c < kTogether; ++c) sums[c] = f(sums[c], pixel[c]);
      }
    }
  }
}

template <class T>
struct MaxOf {
  using Sum = T;
  T start, low, high;

  explicit MaxOf(const PoolShape& shape)
      : start(static_cast<T>(-1) < T{0}
                  ? (sizeof(T) == 1 ? static_cast<T>(-128) : static_cast<T>(-3.40282347e+38F))
                  : T{0}),
        low(static_cast<T>(shape.low)),
        high(static_cast<T>(shape.high)) {}

  SLIPWAY_INLINE T first() const { return start; }

  SLIPWAY_INLINE T operator()(T a, T b) const { return a < b ? b : a; }

  SLIPWAY_INLINE T finish(T most, const Seen&) const {
    const T held = most < low ? low : most;
    return high < held ? high : held;
  }
};

template <class T>
struct AverageOf {
  using Sum = std::int32_t;
  std::int32_t zero, low, high;
  bool count_padding;

  explicit AverageOf(const PoolShape& shape)
      : zero(shape.zero),
        low(static_cast<std::int32_t>(shape.low)),
        high(static_cast<std::int32_t>(shape.high)),
        count_padding(shape.count_padding != 0) {}

  SLIPWAY_INLINE Sum first() const { return 0; }

  SLIPWAY_INLINE Sum operator()(Sum a, T b) const { return a + b; }

  /// Sums are below 2^24, so that the quotient of floats without its fraction is that of integers.
  SLIPWAY_INLINE T finish(Sum sum, const Seen& seen) const {
    const std::int64_t all = count_padding ? seen.with_padding : seen.inside;
    const auto count = static_cast<std::int32_t>(all);
    sum += zero * static_cast<std::int32_t>(all - seen.inside);
    const std::int32_t half = sum > 0 ? count / 2 : -(count / 2);
    const auto mean =
        static_cast<std::int32_t>(static_cast<float>(sum + half) / static_cast<float>(count));
    const std::int32_t held = mean < low ? low : mean;
    return static_cast<T>(count == 0 ? 0 : high < held ? high : held);
  }
};

template <>
struct AverageOf<float> {
  using Sum = float;
  float low, high;
  bool count_padding;

  explicit AverageOf(const PoolShape& shape)
      : low(shape.low), high(shape.high), count_padding(shape.count_padding != 0) {}

  SLIPWAY_INLINE float first() const { return 0; }

  SLIPWAY_INLINE float operator()(float a, float b) const { return a + b; }

  SLIPWAY_INLINE float finish(float sum, const Seen& seen) const {
    const std::int64_t count = count_padding ? seen.with_padding : seen.inside;
    const float mean = smaller(larger(sum / static_cast<float>(count), low), high);
    return count == 0 ? 0 : mean;
  }
};

template <int kP>
struct NormOf {
  using Sum = float;
  float low, high, p;
  bool mean;

  explicit NormOf(const PoolShape& shape)
      : low(shape.low), high(shape.high), p(static_cast<float>(shape.p)), mean(shape.mean != 0) {}

  SLIPWAY_INLINE float first() const { return 0; }

  SLIPWAY_INLINE float operator()(float a, float b) const {
    if constexpr (kP == 1) return a + absolute(b);
    if constexpr (kP == 2) return a + b * b;
    return a + pool_power(absolute(b), p);
  }

  SLIPWAY_INLINE float finish(float sum, const Seen& seen) const {
    if (mean) sum /= static_cast<float>(seen.inside);
    float root = sum;
    if constexpr (kP == 2) root = __builtin_sqrtf(sum);
    if constexpr (kP != 1 && kP != 2) root = pool_power(sum, 1.0F / p);
    return seen.inside == 0 ? 0 : smaller(larger(root, low), high);
  }
};

template <int kTogether, class T, class Way>
SLIPWAY_INLINE void run_channels(const PoolShape& shape, const Seen& seen, const T* picture, T* out,
                                 const Way& way) {
  typename Way::Sum sums[kTogether];
  for (int c = 0; c < kTogether; ++c) sums[c] = way.first();
  fold<kTogether>(shape, seen, picture, sums, way);
  for (int c = 0; c < kTogether; ++c) out[c] = way.finish(sums[c], seen);
}

template <class T, class Way>
void run_rows(const Pool& job) {
  const PoolShape& shape = job.shape;
  const Way way(shape);
  const std::int64_t picture = shape.in[0] * shape.in[1] * shape.in[2] * shape.in_stride;
  const std::int64_t rows = shape.out[0] * shape.out[1];
  auto* out = static_cast<T*>(job.out) + job.first * shape.out[2] * shape.out_stride;
  for (std::int64_t row = job.first; row < job.last; ++row) {
    const T* in = static_cast<const T*>(job.in) + row / rows * picture;
    std::int64_t at[3] = {row % rows / shape.out[1], row % shape.out[1], 0};
    for (; at[2] < shape.out[2]; ++at[2], out += shape.out_stride) {
      Seen seen;
      look(shape, at, seen);
      std::int64_t c = 0;
      for (; c + 64 <= shape.channels; c += 64) run_channels<64>(shape, seen, in + c, out + c, way);
      for (; c + 16 <= shape.channels; c += 16) run_channels<16>(shape, seen, in + c, out + c, way);
      for (; c < shape.channels; ++c) run_channels<1>(shape, seen, in + c, out + c, way);
    }
  }
}

template <class T>
void run_type(const Pool& job) {
  if (job.shape.kind == PoolKind::max) return run_rows<T, MaxOf<T>>(job);
  run_rows<T, AverageOf<T>>(job);
}

void run_pool(const Pool& job) {
  const PoolShape& shape = job.shape;
  if (shape.kind == PoolKind::norm) {
    if (shape.p == 1) return run_rows<float, NormOf<1>>(job);
    if (shape.p == 2) return run_rows<float, NormOf<2>>(job);
    return run_rows<float, NormOf<0>>(job);
  }
  switch (shape.type) {
    case PoolType::f32:
      return run_type<float>(job);
    case PoolType::u8:
      return run_type<std::uint8_t>(job);
    case PoolType::i8:
      return run_type<std::int8_t>(job);
  }
}

}  // namespace
}  // namespace slipway::kernels
