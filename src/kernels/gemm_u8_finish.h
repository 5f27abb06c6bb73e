#pragma once
// What becomes of the sums of a tile of gemm_u8. A fast form of requantization is computed where
// the sums are. For the others, and for additions, the sums go through memory to a function that
// keeps its own copies of all numbers: stored bytes may be anything, a job's numbers among them,
// which would be read again behind each of them. To be included behind vector512.h and the like.

#include "kernels/fetch.h"
#include "kernels/gemm_u8_isa.h"
#include "kernels/gemm_u8_panel.h"
#include "kernels/vector_requantize.h"

namespace slipway::kernels {
namespace {

/// The constants of a panel and where its results go.
struct Panel {
  const std::byte* scales;   // bias, first and second words
  const std::byte* weights;  // the extra steps behind them
  const std::byte* table;    // of sums, if there is one
  int extras;
  int columns;  // of the last panel not all count
  int first;    // column of the job
  Requantize kind;
  std::size_t bytes;  // of the weights without extra steps
  Fetch fetch = {};
};

/// How the sums of a row stand in vectors: two of half its width, whose words fill a vector, or
/// one, where the words of two rows do.
template <int kWidth>
struct RowOf {
  static constexpr bool kAlone = !requires { Vector<kWidth * 4>::kFourRows; };
  static constexpr int kPacked = kAlone ? 1 : 2;  // rows in a vector of words
  using V = Vector<kAlone ? kWidth * 2 : kWidth * 4>;
  using I = typename V::I;

  /// From where half `h` of a vector of words comes: a part of the row's sums, or the next row's.
  static SLIPWAY_INLINE constexpr int row(int i, int h) { return kAlone ? i : i + h; }

  static SLIPWAY_INLINE constexpr int column(int h) { return kAlone ? h * (kWidth / 2) : 0; }

  /// Its residual, as ints in the order of the sums.
  static SLIPWAY_INLINE I residual(const std::uint8_t* at, int h) {
    if constexpr (kAlone) {
      return V::slots(at, h == 1);
    } else {
      return V::slots_of_row(at);
    }
  }

  /// The words of `2 * kPacked` rows as bytes in their places.
  static SLIPWAY_INLINE I bytes(I first, I second, I low, I high) {
    const I packed = V::pack_words(first, second);
    if constexpr (kAlone) {
      return V::least(V::most(V::natural(packed), low), high);
    } else {
      return V::least(V::most(V::natural_rows(packed), low), high);
    }
  }

  /// Stores up to `rows` of them.
  static SLIPWAY_INLINE void store(std::uint8_t* to, std::ptrdiff_t stride, int rows, int columns,
                                   I bytes) {
    if constexpr (kAlone) {
      V::store_half(to, columns, bytes, false);
      if (rows > 1) V::store_half(to + stride, columns, bytes, true);
    } else {
      V::store_rows(to, stride, rows, columns, bytes);
    }
  }
};

/// Requantizes rows whose sums `sum` gives, and stores them.
template <Requantize kKind, int kRows, int kWidth, class Sum>
SLIPWAY_INLINE void store_bytes(const GemmU8& job, const Panel& panel, int row, const Sum& sum) {
  using Row = RowOf<kWidth>;
  using V = typename Row::V;
  using I = typename V::I;
  constexpr std::size_t kBytes = kWidth * 4;
  const I zero = V::of_words(job.requantization.zero);
  const I low = V::of_bytes(job.requantization.low);
  const I high = V::of_bytes(job.requantization.high);
  const std::byte* const scales = panel.scales + kBytes;
  const std::ptrdiff_t stride = job.c_stride;
  std::uint8_t* const to = job.c + row * stride + panel.first;
  const int columns = panel.columns;
  const auto finished = [&](int i) __attribute__((always_inline)) {
    const int next = Row::row(i, 1) < kRows ? Row::row(i, 1) : i;
    return words<V, kKind>(sum(i, 0), sum(next, 1), scales, scales + Row::column(1) * 4, kBytes,
                           zero);
  };
  constexpr int kGroup = 2 * Row::kPacked;
  SLIPWAY_UNROLL for (int i = 0; i < kRows; i += kGroup) {
    const I first = finished(i);
    const I second = i + Row::kPacked < kRows ? finished(i + Row::kPacked) : first;
    Row::store(to + i * stride, stride, kRows - i, columns, Row::bytes(first, second, low, high));
  }
}

/// Whether there is a residual, and whether its product is added last.
enum class Joins : std::uint8_t { nothing, residual, residual_last };

/// Requantizes rows whose sums lie in memory, kWidth in a row, adds what they join, and stores
/// them.
template <Requantize kKind, Joins kJoins, int kWidth>
__attribute__((noinline)) void finish_rows(const GemmU8& job, const Panel& panel, int row, int rows,
                                           const std::int32_t* sums) {
  using Row = RowOf<kWidth>;
  using V = typename Row::V;
  using I = typename V::I;
  constexpr std::size_t kBytes = kWidth * 4;
  constexpr bool kAdds = kJoins != Joins::nothing;
  const std::byte* const scales = panel.scales + kBytes;
  const I zero = V::of_words(job.requantization.zero);
  const I least = V::of_words(job.requantization.low);
  const I most = V::of_words(job.requantization.high);
  const auto scale = V::of_floats(job.addition.scale);
  const auto residual_scale = V::of_floats(job.addition.residual_scale);
  const auto constant = V::of_floats(job.addition.constant);
  const I low = V::of_bytes(kAdds ? job.addition.low : job.requantization.low);
  const I high = V::of_bytes(kAdds ? job.addition.high : job.requantization.high);
  const I none = V::of_ints(0);  // no word is negative: that is its upper half
  const std::ptrdiff_t residual_stride = job.residual_stride;
  const std::ptrdiff_t stride = job.c_stride;
  const std::uint8_t* const residual =
      kAdds ? job.residual + row * residual_stride + panel.first : nullptr;
  std::uint8_t* const to = job.c + row * stride + panel.first;
  const int columns = panel.columns;
  const auto within = [&](int i) __attribute__((always_inline)) { return i < rows ? i : rows - 1; };
  const auto joined = [&](int i, int h, I own) __attribute__((always_inline)) {
    const int at = within(Row::row(i, h));
    const auto a = V::to_floats(own);
    const auto b = V::to_floats(Row::residual(residual + at * residual_stride, h));
    return V::to_ints(kJoins == Joins::residual_last
                          ? V::fused(b, residual_scale, V::fused(a, scale, constant))
                          : V::fused(a, scale, V::fused(b, residual_scale, constant)));
  };
  const auto finished = [&](int i) __attribute__((always_inline)) {
    const auto sum = [&](int h) __attribute__((always_inline)) {
      return V::load(sums + within(Row::row(i, h)) * kWidth + Row::column(h));
    };
    const I packed =
        words<V, kKind>(sum(0), sum(1), scales, scales + Row::column(1) * 4, kBytes, zero);
    if constexpr (!kAdds) return packed;
    const I cut = V::least_words(V::most_words(packed, least), most);
    return V::pack_ints(joined(i, 0, V::low_words(cut, none)),
                        joined(i, 1, V::high_words(cut, none)));
  };
  constexpr int kGroup = 2 * Row::kPacked;
  SLIPWAY_LOOP for (int i = 0; i < rows; i += kGroup) {
    const I first = finished(i);
    const I second = finished(within(i + Row::kPacked));
    Row::store(to + i * stride, stride, rows - i, columns, Row::bytes(first, second, low, high));
  }
}

/// The same with an addition of numbers.
template <Requantize kKind, int kWidth>
SLIPWAY_INLINE void finish_added(const GemmU8& job, const Panel& panel, int row, int rows,
                                 const std::int32_t* sums) {
  job.addition.residual_last
      ? finish_rows<kKind, Joins::residual_last, kWidth>(job, panel, row, rows, sums)
      : finish_rows<kKind, Joins::residual, kWidth>(job, panel, row, rows, sums);
}

/// The same for every kind and addition, and for sums that stay what they are.
template <int kWidth>
__attribute__((noinline)) void finish(const GemmU8& job, const Panel& panel, int row, int rows,
                                      const std::int32_t* sums) {
  if (job.shape.output == GemmOutput::sums) {
    SLIPWAY_LOOP for (int i = 0; i < rows; ++i) {
      __builtin_memcpy(job.sums + (row + i) * job.c_stride + panel.first, sums + i * kWidth,
                       static_cast<std::size_t>(panel.columns) * sizeof *sums);
    }
    return;
  }
  const bool sum = job.shape.output == GemmOutput::added;
  const bool table = sum && job.addition.table;
  with_kind(panel.kind, [&]<Requantize kKind>() {
    sum && !table ? finish_added<kKind, kWidth>(job, panel, row, rows, sums)
                  : finish_rows<kKind, Joins::nothing, kWidth>(job, panel, row, rows, sums);
  });
  if (!table) return;
  for (int i = 0; i < rows; ++i) {
    std::uint8_t* to = job.c + (row + i) * job.c_stride + panel.first;
    const std::uint8_t* residual = job.residual + (row + i) * job.residual_stride + panel.first;
    for (int j = 0; j < panel.columns; ++j)
      to[j] = static_cast<std::uint8_t>(panel.table[to[j] * 256 + residual[j]]);
  }
}

template <class V, int kRows, int kVectors>
SLIPWAY_INLINE void store_floats(const GemmU8& job, int row, const Panel& panel,
                                 const typename V::I (&sums)[kRows][kVectors]) {
  constexpr int kLanes = sizeof(typename V::I) / 4;
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) {
      const auto scale =
          V::as_floats(V::load(panel.scales + (kVectors + v) * sizeof(typename V::I)));
      float* to = job.y + (row + i) * job.c_stride + panel.first + kLanes * v;
      V::store_floats(to, panel.columns - kLanes * v, V::multiply(V::to_floats(sums[i][v]), scale));
    }
  }
}

/// Of whole panels.
template <class V, int kRows, int kVectors>
SLIPWAY_INLINE void store_sums(const GemmU8& job, int row, const Panel& panel,
                               const typename V::I (&sums)[kRows][kVectors]) {
  constexpr int kLanes = sizeof(typename V::I) / 4;
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    std::int32_t* to = job.sums + (row + i) * job.c_stride + panel.first;
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) V::store_all(to + kLanes * v, sums[i][v]);
  }
}

/// Half `h` of a row of sums, or all of them.
template <int kWidth, class I, int kVectors>
SLIPWAY_INLINE typename RowOf<kWidth>::I part_of(const I (&sums)[kVectors], int h) {
  if constexpr (kVectors == 2) {
    return sums[h];
  } else if constexpr (RowOf<kWidth>::kAlone) {
    return Vector<kWidth * 4>::half(sums[0], h == 1);
  } else {
    return sums[0];
  }
}

}  // namespace
}  // namespace slipway::kernels
