#pragma once
// pool as loops over channels that compilers turn into vectors, private to each file that includes
// it.

#include "kernels/bf16.h"
#include "kernels/math_body.h"
#include "kernels/pool_isa.h"

namespace slipway::kernels {
namespace {

/// The part of a window that lies on the picture.
struct Seen {
  std::int64_t first[3];  // kernel positions
  std::int64_t last[3];
  std::int64_t origin[3];     // places in the picture of kernel position 0
  std::int64_t padded[3];     // kernel positions on the picture or its padding behind
  std::int64_t inside;        // elements
  std::int64_t with_padding;  // elements that lie on the picture or its padding
};

/// Along one dimension.
SLIPWAY_INLINE void look_along(const PoolShape& shape, int i, std::int64_t at, Seen& seen) {
  const std::int64_t begin = at * shape.stride[i] - shape.pad[i];
  const std::int64_t step = shape.dilation[i];
  const std::int64_t kernel = shape.kernel[i];
  seen.origin[i] = begin;
  seen.first[i] = 0;
  seen.last[i] = seen.padded[i] = kernel;
  // Most windows lie on the picture, and divisions take longer than what is under them.
  if (begin >= 0 && begin + (kernel - 1) * step < shape.in[i]) return;
  std::int64_t first = begin < 0 ? (-begin + step - 1) / step : 0;
  std::int64_t last = shape.in[i] > begin ? (shape.in[i] - begin + step - 1) / step : 0;
  std::int64_t padded = shape.in[i] + shape.pad_end[i] - begin;
  padded = padded > 0 ? (padded + step - 1) / step : 0;
  if (last > kernel) last = kernel;
  if (first > last) first = last;
  seen.first[i] = first;
  seen.last[i] = last;
  seen.padded[i] = padded < kernel ? padded : kernel;
}

SLIPWAY_INLINE void count(Seen& seen) {
  seen.inside = seen.with_padding = 1;
  for (int i = 0; i < 3; ++i) {
    seen.inside *= seen.last[i] - seen.first[i];
    seen.with_padding *= seen.padded[i];
  }
}

/// Folds `kTogether` channels of all elements under the window. kSide: its height and width where
/// all of it lies on one picture, or 0.
template <int kTogether, int kSide, class T, class Sum, class Fold>
SLIPWAY_INLINE void fold(const PoolShape& shape, const Seen& seen, const T* picture,
                         Sum (&sums)[kTogether], Fold f) {
  const std::int64_t next = shape.dilation[2] * shape.in_stride;
  if constexpr (kSide > 0) {
    const std::int64_t line = shape.dilation[1] * shape.in_row;
    const T* pixel = picture + (seen.origin[0] * shape.in[1] + seen.origin[1]) * shape.in_row +
                     seen.origin[2] * shape.in_stride;
    SLIPWAY_UNROLL
    for (int y = 0; y < kSide; ++y) {
      SLIPWAY_UNROLL
      for (int x = 0; x < kSide; ++x) {
        const T* from = pixel + y * line + x * next;
        for (int c = 0; c < kTogether; ++c) sums[c] = f(sums[c], from[c]);
      }
    }
    return;
  }
  for (std::int64_t z = seen.first[0]; z < seen.last[0]; ++z) {
    const std::int64_t plane = seen.origin[0] + z * shape.dilation[0];
    for (std::int64_t y = seen.first[1]; y < seen.last[1]; ++y) {
      const std::int64_t row = plane * shape.in[1] + seen.origin[1] + y * shape.dilation[1];
      const T* pixel = picture + row * shape.in_row +
                       (seen.origin[2] + seen.first[2] * shape.dilation[2]) * shape.in_stride;
      for (std::int64_t x = seen.first[2]; x < seen.last[2]; ++x, pixel += next) {
        for (int c = 0; c < kTogether; ++c) sums[c] = f(sums[c], pixel[c]);
      }
    }
  }
}

// Ways to pool. kSquares: whether windows of 2 x 2 and 3 x 3 have loops of their own; kMany:
// channels that are folded together, where there are so many.

template <class T>
struct MaxOf {
  using Sum = T;
  static constexpr bool kSquares = true;
  static constexpr int kMany = 64;
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
  static constexpr bool kSquares = true;
  static constexpr int kMany = 64;
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
  static constexpr bool kSquares = true;
  static constexpr int kMany = 64;
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
  static constexpr bool kSquares = false;
  static constexpr int kMany = kP == 0 ? 1 : 16;  // powers are calls
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

/// A way without loops of its own for windows that are squares.
template <class Way>
struct Plain : Way {
  using Way::Way;
  static constexpr bool kSquares = false;
  static constexpr int kMany = 16;
};

/// A way of floats for bfloat16.
template <class Way>
struct Rounded : Way {
  using Way::Way;

  SLIPWAY_INLINE float operator()(float a, std::uint16_t b) const {
    return Way::operator()(a, widened(b));
  }

  SLIPWAY_INLINE std::uint16_t finish(float sum, const Seen& seen) const {
    return rounded(Way::finish(sum, seen));
  }
};

template <int kTogether, int kSide, class T, class Way>
SLIPWAY_INLINE void run_channels(const PoolShape& shape, const Seen& seen, const T* picture, T* out,
                                 const Way& way) {
  typename Way::Sum sums[kTogether];
  for (int c = 0; c < kTogether; ++c) sums[c] = way.first();
  fold<kTogether, kSide>(shape, seen, picture, sums, way);
  for (int c = 0; c < kTogether; ++c) out[c] = way.finish(sums[c], seen);
}

template <int kSide, class T, class Way>
void run_pixel(const PoolShape& shape, const Seen& seen, const T* in, T* out, const Way& way) {
  constexpr int kMany = Way::kMany;
  constexpr int kSome = kMany < 16 ? kMany : 16;
  const std::int64_t channels = shape.channels;
  std::int64_t c = 0;
  if constexpr (kMany > kSome) {
    for (; c + kMany <= channels; c += kMany)
      run_channels<kMany, kSide>(shape, seen, in + c, out + c, way);
  }
  for (; c + kSome <= channels; c += kSome)
    run_channels<kSome, kSide>(shape, seen, in + c, out + c, way);
  if constexpr (kSome > 1) {
    if (c < channels && channels >= kSome) {
      // Some channels are computed twice.
      c = channels - kSome;
      return run_channels<kSome, kSide>(shape, seen, in + c, out + c, way);
    }
    for (; c < channels; ++c) run_channels<1, kSide>(shape, seen, in + c, out + c, way);
  }
}

/// Pixels from `x` on whose windows lie on the picture in the last dimension; seen is that of the
/// first.
template <int kSide, class T, class Way>
void run_inner(const PoolShape& shape, Seen& seen, const T* in, T* out, const Way& way,
               std::int64_t pixels) {
  for (std::int64_t i = 0; i < pixels; ++i, out += shape.out_stride) {
    run_pixel<kSide>(shape, seen, in, out, way);
    seen.origin[2] += shape.stride[2];
  }
}

/// How many pixels from this one on have their windows on the picture in the last dimension.
SLIPWAY_INLINE std::int64_t inner_pixels(const PoolShape& shape, const Seen& seen, std::int64_t x) {
  const std::int64_t behind = seen.origin[2] + (shape.kernel[2] - 1) * shape.dilation[2];
  if (seen.origin[2] < 0 || behind >= shape.in[2]) return 0;
  const std::int64_t fit = (shape.in[2] - 1 - behind) / shape.stride[2] + 1;
  return fit < shape.out[2] - x ? fit : shape.out[2] - x;
}

template <class T, class Way>
void run_rows(const Pool& job) {
  const PoolShape& shape = job.shape;
  const Way way(shape);
  const std::int64_t rows = shape.out[0] * shape.out[1];
  const bool is_square = shape.kernel[0] == 1 && shape.kernel[1] == shape.kernel[2];
  const std::int64_t side = is_square && Way::kSquares ? shape.kernel[1] : 0;
  for (std::int64_t row = job.first; row < job.last; ++row) {
    const T* in = static_cast<const T*>(job.in) + row / rows * shape.in_picture;
    T* out = static_cast<T*>(job.out) + row / rows * shape.out_picture + row % rows * shape.out_row;
    Seen seen;
    look_along(shape, 0, row % rows / shape.out[1], seen);
    look_along(shape, 1, row % shape.out[1], seen);
    for (std::int64_t x = 0; x < shape.out[2];) {
      look_along(shape, 2, x, seen);
      count(seen);
      T* const to = out + x * shape.out_stride;
      const std::int64_t inner = inner_pixels(shape, seen, x);
      x += inner > 0 ? inner : 1;
      if constexpr (Way::kSquares) {
        if (side == 2 && seen.inside == 4) {
          run_inner<2>(shape, seen, in, to, way, inner);
          continue;
        }
        if (side == 3 && seen.inside == 9) {
          run_inner<3>(shape, seen, in, to, way, inner);
          continue;
        }
      }
      run_inner<0>(shape, seen, in, to, way, inner > 0 ? inner : 1);
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
    case PoolType::i8:  // plans have unsigned bytes wherever a pass can make them so
      if (shape.kind == PoolKind::max) return run_rows<std::int8_t, Plain<MaxOf<std::int8_t>>>(job);
      return run_rows<std::int8_t, Plain<AverageOf<std::int8_t>>>(job);
    case PoolType::bf16:
      if (shape.kind == PoolKind::max) return run_rows<std::uint16_t, Rounded<MaxOf<float>>>(job);
      return run_rows<std::uint16_t, Rounded<AverageOf<float>>>(job);
  }
}

}  // namespace
}  // namespace slipway::kernels
