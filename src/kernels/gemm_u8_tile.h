#pragma once
// gemm_u8 by dot products of four bytes, for all vectors: tiles of `kRows` rows by one panel, whose
// sums stay in registers. Row addresses are one base for each three rows and a stride, so that none
// of them is spilled. To be included behind vector512.h or vector256.h.

#include "kernels/gemm_u8_finish.h"

namespace slipway::kernels {
namespace {

/// What a tile does with its sums.
enum class Ending : std::uint8_t { bytes, added, floats, sums, memory };

template <class V, Requantize kKind, Ending kEnding, int kRows, int kWidth>
SLIPWAY_INLINE void tile(const GemmU8& job, int row, const Panel& panel) {
  using I = typename V::I;
  constexpr int kVectors = kWidth * 4 / static_cast<int>(sizeof(I));
  I sums[kRows][kVectors];
  // A few bytes of each row are no stream that processors would notice.
  if constexpr (kEnding == Ending::added) {
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i)
        __builtin_prefetch(job.residual + (row + i) * job.residual_stride + panel.first);
  }
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] =
        V::load(panel.scales + static_cast<std::size_t>(v) * sizeof(I));
  }
  const std::ptrdiff_t stride = job.a_stride;
  const std::byte* weights = panel.weights;
  const std::byte* fetch = panel.fetch.at;
  const auto step = [&](const std::uint8_t* const* base) __attribute__((always_inline)) {
    I w[kVectors];
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) w[v] =
        V::load(weights + static_cast<std::size_t>(v) * sizeof(I));
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      int quad;
      __builtin_memcpy(&quad, base[i / 3] + (i % 3) * stride, 4);
      const I a = V::of_ints(quad);
      SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] = V::dot(sums[i][v], a, w[v]);
    }
  };
  const std::size_t segment = static_cast<std::size_t>(quads_of(job.shape)) * kWidth * 4;
  const std::uint8_t* base[(kRows + 2) / 3];
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = job.a[s] + (row + i) * stride;
    const std::byte* const end = weights + segment;
    SLIPWAY_LOOP for (; weights != end; weights += kWidth * 4) {
      __builtin_prefetch(fetch);
      if (kWidth * 4 > 64) __builtin_prefetch(fetch + 64);
      fetch += panel.fetch.step;
      step(base);
      SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) {
        base[i / 3] += 4;
        asm("" : "+r"(base[i / 3]));  // else each row's address is computed ahead, and spilled
      }
    }
  }
  SLIPWAY_LOOP for (int e = 0; e < panel.extras; ++e) {
    PanelExtra extra;
    __builtin_memcpy(&extra, weights, sizeof extra);
    weights += sizeof extra;
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] =
        job.a[extra.segment] + extra.byte + (row + i) * stride;
    step(base);
    weights += kWidth * 4;
  }
  if constexpr (kEnding == Ending::floats) {
    store_floats<V>(job, row, panel, sums);
  } else if constexpr (kEnding == Ending::sums) {
    store_sums<V>(job, row, panel, sums);
  } else if constexpr (kEnding == Ending::memory || kEnding == Ending::added) {
    alignas(64) std::int32_t memory[kRows * kWidth];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v)
          V::store_all(memory + i * kWidth + v * (kWidth / kVectors), sums[i][v]);
    }
    if constexpr (kEnding == Ending::added) {
      finish_added<kKind, kWidth>(job, panel, row, kRows, memory);
    } else {
      finish<kWidth>(job, panel, row, kRows, memory);
    }
  } else {
    const auto sum = [&](int i, int h) __attribute__((always_inline)) {
      return part_of<kWidth>(sums[i], h);
    };
    store_bytes<kKind, kRows, kWidth>(job, panel, row, sum);
  }
}

/// How many tiles of which height the rows of a job are cut into. Each panel does the same.
struct Heights {
  int tall = 0;
  int middle = 0;
  int low = 0;

  [[nodiscard]] constexpr int all() const { return tall + middle + low; }
};

/// Between the tallest tile and half of it, for maps whose sizes are powers of two; 0: none.
[[nodiscard]] constexpr int middle_of(int tall) { return tall >= 12 ? 8 : 0; }

/// The least rows computed in vain, for as few tiles as may be. Only tiles of at most `m` rows;
/// none where even the lowest is taller.
template <int kTall>
[[nodiscard]] constexpr Heights best_heights(int m) {
  constexpr int kMiddle = middle_of(kTall);
  constexpr int kLow = kTall / 2;
  constexpr int kTile = 2;  // what a tile takes beside its rows, in rows
  Heights best;
  if (m < kLow) return best;
  int least = INT32_MAX;
  const auto upwards = [](int rows, int tall) { return rows <= 0 ? 0 : (rows + tall - 1) / tall; };
  const int most = m < kTall ? 0 : upwards(m, kTall);
  for (int tall = most; tall >= 0 && tall >= most - 3; --tall) {
    const int left = m - tall * kTall;
    const int middles = kMiddle == 0 || m < kMiddle ? 0 : upwards(left, kMiddle);
    for (int middle = 0; middle <= middles; ++middle) {
      const Heights now{tall, middle, upwards(left - middle * kMiddle, kLow)};
      const int cost = tall * kTall + middle * kMiddle + now.low * kLow + now.all() * kTile;
      if (cost >= least) continue;
      least = cost;
      best = now;
    }
  }
  return best;
}

/// Those of up to five of the tallest tiles. More rows are these and whole tiles.
template <int kTall>
struct HeightTable {
  static constexpr int kSize = 5 * kTall;
  Heights of[kSize];

  constexpr HeightTable() : of{} {
    for (int m = 0; m < kSize; ++m) of[m] = best_heights<kTall>(m);
  }
};

template <int kTall>
[[nodiscard]] SLIPWAY_INLINE Heights heights_of(int m) {
  static constexpr HeightTable<kTall> kTable;
  const int whole = m < kTable.kSize ? 0 : m / kTall - 4;
  Heights found = kTable.of[m - whole * kTall];
  found.tall += whole;
  return found;
}

/// All rows of one panel. Tiles that would reach behind the last row go back over rows already
/// done: the same bytes are written again.
template <class V, Requantize kKind, Ending kEnding, int kTall, int kWidth>
__attribute__((noinline)) void rows(const GemmU8& job, Panel panel, const Heights& heights) {
  int row = 0;
  int done = 0;
  const int tiles = heights.all();
  const auto next = [&]<int kRows>() __attribute__((always_inline)) {
    panel.fetch = fetch_of(panel.weights, panel.bytes, kWidth * 4, done++, tiles);
    const int last = job.m - kRows;
    tile<V, kKind, kEnding, kRows, kWidth>(job, row < last ? row : last, panel);
    row += kRows;
  };
  SLIPWAY_LOOP for (int i = 0; i < heights.tall; ++i) next.template operator()<kTall>();
  if constexpr (middle_of(kTall) != 0) {
    SLIPWAY_LOOP for (int i = 0; i < heights.middle; ++i)
        next.template operator()<middle_of(kTall)>();
  }
  SLIPWAY_LOOP for (int i = 0; i < heights.low; ++i) next.template operator()<kTall / 2>();
}

/// The same for fewer rows than the lowest of these tiles has.
template <class V, Ending kEnding, int kWidth>
__attribute__((noinline)) void few_rows(const GemmU8& job, Panel panel) {
  constexpr auto kAny = Requantize::multiply;
  int row = 0;
  const int tiles = (job.m + 1) / 2;
  const auto fetch_more = [&] {
    panel.fetch = fetch_of(panel.weights, panel.bytes, kWidth * 4, row / 2, tiles);
  };
  SLIPWAY_LOOP for (; row + 2 <= job.m; row += 2) {
    fetch_more();
    tile<V, kAny, kEnding, 2, kWidth>(job, row, panel);
  }
  if (row == job.m) return;
  fetch_more();
  tile<V, kAny, kEnding, 1, kWidth>(job, row, panel);
}

template <class V, int kTall, int kWidth>
SLIPWAY_INLINE void panel_rows(const GemmU8& job, const Panel& panel, const Heights& heights) {
  constexpr auto kAny = Requantize::multiply;
  const bool few = heights.all() == 0;
  if (job.shape.output == GemmOutput::floats) {
    return few ? few_rows<V, Ending::floats, kWidth>(job, panel)
               : rows<V, kAny, Ending::floats, kTall, kWidth>(job, panel, heights);
  }
  const bool sums = job.shape.output == GemmOutput::sums;
  if constexpr (requires { V::kStoresSums; }) {
    if (sums && !few && panel.columns == kWidth)
      return rows<V, kAny, Ending::sums, kTall, kWidth>(job, panel, heights);
  }
  if (few) return few_rows<V, Ending::memory, kWidth>(job, panel);
  const bool sum = job.shape.output == GemmOutput::added;
  if (sums || !is_fast(panel.kind) || (sum && job.addition.table))
    return rows<V, kAny, Ending::memory, kTall, kWidth>(job, panel, heights);
  with_kind(panel.kind, [&]<Requantize kKind>() {
    if constexpr (is_fast(kKind)) {
      sum ? rows<V, kKind, Ending::added, kTall, kWidth>(job, panel, heights)
          : rows<V, kKind, Ending::bytes, kTall, kWidth>(job, panel, heights);
    }
  });
}

/// V: of sums; kPanel: 2 vectors of them.
template <class V, int kTall, int kPanel>
SLIPWAY_INLINE void run_panels(const GemmU8& job) {
  const int all = columns_of(job);
  const auto heights = heights_of<kTall>(job.m);
  for (int n = 0; n < all; n += kPanel) {
    std::uint64_t begin;
    __builtin_memcpy(&begin, job.panels + (job.first + n) / kPanel * 8, sizeof begin);
    PanelHeader header;
    __builtin_memcpy(&header, job.panels + begin, sizeof header);
    const int width = panel_width(job.first + n, job.shape, kPanel);
    const std::byte* scales = job.panels + begin + sizeof header;
    const std::byte* table = job.panels + directory_bytes(job.shape, kPanel);
    const Panel panel{scales,
                      scales + constants_bytes(width),
                      table,
                      header.extras,
                      all - n < width ? all - n : width,
                      n,
                      static_cast<Requantize>(header.kind),
                      weight_bytes(job.shape, width)};
    if constexpr (kPanel == 32) {
      width == kPanel ? panel_rows<V, kTall, kPanel>(job, panel, heights)
                      : panel_rows<V, kTall, kPanel / 2>(job, panel, heights);
    } else {
      panel_rows<V, kTall, kPanel>(job, panel, heights);
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
