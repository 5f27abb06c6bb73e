#pragma once
// gemm_u8 by dot products of four bytes, for all vectors: tiles of `kRows` rows by one panel, whose
// sums stay in registers. Row addresses are one base for each three rows and a stride, so that none
// of them is spilled. To be included behind vector512.h or vector256.h.
//
// A fast form of requantization is computed where the sums are. For the others, and for additions
// that are tables, the sums go through memory to a function that knows them all.

#include "kernels/fetch.h"
#include "kernels/gemm_u8_isa.h"
#include "kernels/gemm_u8_panel.h"
#include "kernels/gemm_u8_split.h"
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
  const std::byte* stored;           // the weights in memory: where others are to be multiplied,
  std::size_t bytes;                 // what they take without extra steps
  std::size_t line;                  // and for each step
  const std::byte* lists = nullptr;  // of a SplitBlock
  const std::int32_t* begins = nullptr;  // of the tile's list and the next one
  Fetch fetch = {};
};

/// What a tile does with its sums.
enum class Ending : std::uint8_t { bytes, added, floats, sums, memory };

/// Vectors of half the width of a panel's bytes times four: a row has two of them.
template <int kWidth>
using Half = Vector<kWidth * 2>;

/// Words of a row with the residual's bytes added.
template <class V>
SLIPWAY_INLINE typename V::I added(const GemmU8& job, const Panel& panel, int row,
                                   typename V::I packed) {
  using I = typename V::I;
  const I cut = V::least_words(V::most_words(packed, V::of_words(job.requantization.low)),
                               V::of_words(job.requantization.high));
  const std::uint8_t* residual = job.residual + row * job.residual_stride + panel.first;
  const auto scale = V::of_floats(job.addition.scale);
  const auto residual_scale = V::of_floats(job.addition.residual_scale);
  const auto constant = V::of_floats(job.addition.constant);
  const auto half = [&](I mine, bool second) __attribute__((always_inline)) {
    const auto a = V::to_floats(mine);
    const auto b = V::to_floats(V::slots(residual, second));
    return V::to_ints(job.addition.residual_last
                          ? V::fused(b, residual_scale, V::fused(a, scale, constant))
                          : V::fused(a, scale, V::fused(b, residual_scale, constant)));
  };
  const I none = V::of_ints(0);  // no word is negative: that is its upper half
  return V::pack_ints(half(V::low_words(cut, none), false), half(V::high_words(cut, none), true));
}

/// The bytes of two rows in their places.
template <class V>
SLIPWAY_INLINE typename V::I bytes_of(typename V::I first, typename V::I second, int low,
                                      int high) {
  return V::least(V::most(V::natural(V::pack_words(first, second)), V::of_bytes(low)),
                  V::of_bytes(high));
}

/// Requantizes rows whose sums `sum` gives, and stores them.
template <Requantize kKind, bool kAdded, int kRows, int kWidth, class Sum>
SLIPWAY_INLINE void store_bytes(const GemmU8& job, const Panel& panel, int row, const Sum& sum) {
  using V = Half<kWidth>;
  using I = typename V::I;
  constexpr std::size_t kRow = kWidth * 4;
  const I zero = V::of_words(job.requantization.zero);
  const auto finished = [&](int i) __attribute__((always_inline)) {
    const std::byte* words_at = panel.scales + kRow;
    const I packed =
        words<V, kKind>(sum(i, 0), sum(i, 1), words_at, words_at + kRow / 2, kRow, zero);
    return kAdded ? added<V>(job, panel, row + i, packed) : packed;
  };
  const int low = kAdded ? job.addition.low : job.requantization.low;
  const int high = kAdded ? job.addition.high : job.requantization.high;
  SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 2) {
    const bool pair = i + 1 < kRows;
    const I first = finished(i);
    const I bytes = bytes_of<V>(first, pair ? finished(pair ? i + 1 : i) : first, low, high);
    std::uint8_t* to = job.c + (row + i) * job.c_stride + panel.first;
    V::store_half(to, panel.columns, bytes, false);
    if (pair) V::store_half(to + job.c_stride, panel.columns, bytes, true);
  }
}

/// The same for sums in memory, kWidth in a row, and for every kind and addition.
template <int kWidth>
__attribute__((noinline)) void finish(const GemmU8& job, const Panel& panel, int row, int rows,
                                      const std::int32_t* sums) {
  using V = Half<kWidth>;
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
    SLIPWAY_LOOP for (int i = 0; i < rows; ++i) {
      const auto of = [&](int /*i*/, int h) __attribute__((always_inline)) {
        return V::load(sums + i * kWidth + h * (kWidth / 2));
      };
      if (sum && !table) {
        store_bytes<kKind, true, 1, kWidth>(job, panel, row + i, of);
      } else {
        store_bytes<kKind, false, 1, kWidth>(job, panel, row + i, of);
      }
    }
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

/// A row of sums as two vectors: as it is, or the halves of a single one.
template <int kWidth, class I, int kVectors>
SLIPWAY_INLINE typename Half<kWidth>::I half_of(const I (&sums)[kVectors], int h) {
  if constexpr (kVectors == 2) {
    return sums[h];
  } else {
    return Vector<kWidth * 4>::half(sums[0], h == 1);
  }
}

/// Whether an extra step is one of the quad.
[[nodiscard]] SLIPWAY_INLINE bool is_of(const std::byte* extras, int e, const GemmU8Shape& shape,
                                        int quad) {
  PanelExtra extra;
  __builtin_memcpy(&extra, extras + e * static_cast<std::ptrdiff_t>(extra_bytes(16)), sizeof extra);
  return extra.segment * quads_of(shape) + extra.byte / 4 == quad;
}

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
  std::ptrdiff_t stride = job.a_stride;
  const std::byte* weights = panel.weights;
  const std::byte* fetch = panel.fetch.at;
  const auto step = [&](const std::uint8_t* const* base, int u) __attribute__((always_inline)) {
    I w[kVectors];
    SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) w[v] =
        V::load(weights + u * (kWidth * 4) + static_cast<std::size_t>(v) * sizeof(I));
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      int quad;
      __builtin_memcpy(&quad, base[i / 3] + (i % 3) * stride + 4 * u, 4);
      const I a = V::of_ints(quad);
      SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] = V::dot(sums[i][v], a, w[v]);
    }
  };
  const std::size_t segment = static_cast<std::size_t>(quads_of(job.shape)) * kWidth * 4;
  const std::uint8_t* base[(kRows + 2) / 3];
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = job.a[s] + (row + i) * stride;
    const std::byte* const end = weights + segment;
    // What else a loop does is a sixth of its instructions where steps are as short as these.
    if constexpr (requires { V::kSteps; }) {
      constexpr std::ptrdiff_t kBytes = V::kSteps * kWidth * 4;
      SLIPWAY_LOOP for (; end - weights >= kBytes; weights += kBytes) {
        SLIPWAY_UNROLL for (int u = 0; u < V::kSteps; ++u) {
          // No more than half of a line for each: there are two tiles at least.
          if (u % 2 == 0) __builtin_prefetch(fetch + u * panel.fetch.step);
          step(base, u);
          V::end_step(weights, sums[kRows - 1][kVectors - 1]);
        }
        fetch += V::kSteps * panel.fetch.step;
        SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) {
          base[i / 3] += 4 * V::kSteps;
          asm("" : "+r"(base[i / 3]));
        }
      }
    }
    SLIPWAY_LOOP for (; weights != end; weights += kWidth * 4) {
      __builtin_prefetch(fetch);
      if (kWidth * 4 > 64) __builtin_prefetch(fetch + 64);
      fetch += panel.fetch.step;
      step(base, 0);
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
    step(base, 0);
    weights += kWidth * 4;
  }
  if constexpr (requires { V::kSplits; }) {
    const std::byte* const extras =
        panel.weights + segment * static_cast<std::size_t>(job.shape.segments);
    const std::byte* const last = panel.lists + panel.begins[1];
    stride = 4;
    SLIPWAY_LOOP for (const std::byte* at = panel.lists + panel.begins[0]; at != last;
                      at += sizeof(Excess<kRows>)) {
      const auto& excess = *reinterpret_cast<const Excess<kRows>*>(at);
      weights = panel.weights + std::ptrdiff_t{excess.quad} * (kWidth * 4);
      SLIPWAY_LOOP for (int e = 0;;) {  // by all weights of the quad
        SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = excess.bytes[i];
        step(base, 0);
        while (e < panel.extras && !is_of(extras, e, job.shape, excess.quad)) ++e;
        if (e == panel.extras) break;
        weights =
            extras + e++ * static_cast<std::ptrdiff_t>(extra_bytes(kWidth)) + sizeof(PanelExtra);
      }
    }
  }
  if constexpr (kEnding == Ending::floats) {
    store_floats<V>(job, row, panel, sums);
  } else if constexpr (kEnding == Ending::sums) {
    store_sums<V>(job, row, panel, sums);
  } else if constexpr (kEnding == Ending::memory) {
    alignas(64) std::int32_t memory[kRows * kWidth];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      SLIPWAY_UNROLL for (int v = 0; v < kVectors; ++v)
          V::store_all(memory + i * kWidth + v * (kWidth / kVectors), sums[i][v]);
    }
    finish<kWidth>(job, panel, row, kRows, memory);
  } else {
    const auto sum = [&](int i, int h) __attribute__((always_inline)) {
      return half_of<kWidth>(sums[i], h);
    };
    store_bytes<kKind, kEnding == Ending::added, kRows, kWidth>(job, panel, row, sum);
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
  const auto* const begins = panel.begins;
  const auto next = [&]<int kRows>() __attribute__((always_inline)) {
    if constexpr (requires { V::kSplits; }) panel.begins = begins + done;
    panel.fetch = fetch_of(panel.stored, panel.bytes, panel.line, done++, tiles);
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
  const auto* const begins = panel.begins;
  const auto fetch_more = [&] {
    if constexpr (requires { V::kSplits; }) panel.begins = begins + row / 2;
    panel.fetch = fetch_of(panel.stored, panel.bytes, panel.line, row / 2, tiles);
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
    const std::byte* const weights = scales + constants_bytes(width);
    Panel panel{scales,
                weights,
                table,
                header.extras,
                all - n < width ? all - n : width,
                n,
                static_cast<Requantize>(header.kind),
                weights,
                weight_bytes(job.shape, width),
                static_cast<std::size_t>(width) * 4};
    if constexpr (requires { V::set_panel(job, header, panel); }) V::set_panel(job, header, panel);
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
