// gemm_bf16 by dot products of pairs in 512-bit vectors: the tile of gemm_f32, 14 rows x 32
// channels, over rows that are rounded once for all panels.
//
// What knows bfloat16 is written as instructions: clang 16 crashes over vectors of that type.

#include <utility>

#include "kernels/gemm_bf16_rows.h"

namespace slipway::kernels {
namespace {

constexpr int kVectors = 2;
constexpr int kWidth = kGemmBf16Panel512;
constexpr int kTallest = Floats::kRegisters / kVectors - 2;  // rows of a tile

/// Adds the products of a pair of numbers, the same in all lanes.
SLIPWAY_INLINE void add(__m512& sum, __m512i pair, __m512i w) {
  asm("vdpbf16ps %1, %2, %0" : "+v"(sum) : "v"(pair), "v"(w));
}

/// The same of a pair in memory. Measured: broadcasts to a register, even where two vectors share
/// one, leave a panel of one vector at three quarters of this, and one of two 2 % behind it.
SLIPWAY_INLINE void add(__m512& sum, const std::uint16_t* pair, __m512i w) {
  struct Pair {
    std::uint16_t both[2];
  };

  const auto& both = *reinterpret_cast<const Pair*>(pair);
  asm("vdpbf16ps %1%{1to16%}, %2, %0" : "+v"(sum) : "m"(both), "v"(w));
}

template <int kOf>
SLIPWAY_INLINE void load(const std::byte* weights, const std::byte* fetch, __m512i (&w)[kOf]) {
  SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) {
    w[v] = _mm512_load_si512(weights + 64 * v);
    Floats::prefetch(fetch + 64 * v);
  }
}

template <int kRows, int kOf>
void tile(const GemmBf16& bf16, const Panel& panel, const Rows& rows, int row) {
  const auto& job = bf16.product;
  __m512 sums[kRows][kOf];
  fetch_residual<kRows, kOf>(job, job.residual, panel, rows.first + row);
  fetch_residual<kRows, kOf>(job, bf16.rounded_residual, panel, rows.first + row);
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) sums[i][v] = _mm512_load_ps(panel.at + 64 * v);
  }
  const std::byte* weights = panel.at + 64 * kOf;
  const std::ptrdiff_t stride = rows.stride;
  const std::ptrdiff_t whole = job.shape.segment_floats / 2 * (64 * kOf);
  const std::byte* fetch = panel.fetch.at;
  __m512i w[kOf];
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    const std::uint16_t* base[(kRows + 2) / 3];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = rows.of(s) + (row + i) * stride;
    const std::byte* const end = weights + whole;
    SLIPWAY_LOOP for (; weights != end; weights += 64 * kOf) {
      load<kOf>(weights, fetch, w);
      fetch += panel.fetch.step;
      SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
        SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v)
            add(sums[i][v], base[i / 3] + i % 3 * stride, w[v]);
      }
      SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) {
        base[i / 3] += 2;
        asm("" : "+r"(base[i / 3]));  // else each row's address is computed ahead, and spilled
      }
    }
    if (job.shape.segment_floats % 2 == 0) continue;
    load<kOf>(weights, fetch, w);
    // What lies behind may be no number, so that zero weights would not do.
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      const __m512i pair = _mm512_set1_epi32(base[i / 3][i % 3 * stride]);
      SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) add(sums[i][v], pair, w[v]);
    }
    weights += 64 * kOf;
  }
  finish(bf16, panel, rows.first + row, sums);
}

using Tile = void (*)(const GemmBf16&, const Panel&, const Rows&, int);

template <int kOf, class kCounts>
struct Tiles;

/// Those of 1 to kTallest rows, by their rows less 1.
template <int kOf, int... kCounts>
struct Tiles<kOf, std::integer_sequence<int, kCounts...>> {
  static constexpr Tile kAll[] = {tile<kCounts + 1, kOf>...};
};

/// All rows of one panel, split evenly.
template <int kOf>
void multiply(const GemmBf16& job, Panel panel, const Rows& rows, int count) {
  constexpr auto& kTiles = Tiles<kOf, std::make_integer_sequence<int, kTallest>>::kAll;
  // Where rows begin at the same place of a page, 14 would not stay in the first cache together.
  const int tallest = rows.stride % 2048 == 0 ? (kTallest + 1) / 2 : kTallest;
  const int tiles = (count - 1) / tallest + 1;
  int row = 0;
  for (int t = 0; t < tiles; ++t) {
    const int here = count / tiles + (t < count % tiles ? 1 : 0);
    panel.fetch = fetch_of(panel.at, panel.bytes, 64 * kOf, t, tiles);
    kTiles[here - 1](job, panel, rows, row);
    row += here;
  }
}

/// All panels over rows that are rounded.
void panels(const GemmBf16& job, const Rows& rows, int count) {
  const auto& shape = job.product.shape;
  Panel panel{job.product.panels, paired_bytes(shape, kWidth), 0, 0, {}};
  for (; panel.first < shape.n; panel.first += kWidth, panel.at += panel.bytes) {
    panel.columns = shape.n - panel.first;
    panel_width(panel.columns, kWidth) == kWidth ? multiply<kVectors>(job, panel, rows, count)
                                                 : multiply<kVectors / 2>(job, panel, rows, count);
  }
}

}  // namespace

void gemm_bf16_bf16_512(const GemmBf16& job) {
  each_block(job, [&](const Rows& rows, int count) { panels(job, rows, count); });
}

}  // namespace slipway::kernels
