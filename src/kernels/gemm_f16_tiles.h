#pragma once
// gemm_f16 in terms of vectors of halves H (halves_*.h) and of Floats (floats.h).
//
// A tile is as many rows as there are registers for, times a panel of two vectors or one. Its
// registers hold the halves of one chunk; the floats that they are added to lie in the first cache,
// 4 KB that are read and written once for kHalfChunk products. Tests compile it with vectors of
// plain numbers, so that all but H itself is seen on any processor.

#include <utility>

#include "kernels/gemm_f16_panel.h"
#include "kernels/gemm_f32_finish.h"

namespace slipway::kernels {
namespace {

/// Rounded rows of a block in the workspace.
struct HalfRows {
  const std::uint16_t* at;
  std::ptrdiff_t stride;
  std::ptrdiff_t segment;  // from segment to segment
  int first;               // of the job
};

/// The products of one number of each row, or of H::kSteps, with rows of weights.
template <class H, int kRows, int kOf>
struct Products {
  typename H::V parts[kRows][kOf];

  static SLIPWAY_INLINE void load(const std::uint16_t* weights, const std::byte* fetch,
                                  typename H::V (&w)[kOf]) {
    SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) {
      w[v] = H::load(weights + v * H::kLanes);
      if (v * H::kLanes % 32 == 0) Floats::prefetch(fetch + 2 * v * H::kLanes);
    }
  }

  SLIPWAY_INLINE void clear() {
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) parts[i][v] = H::zero();
    }
  }

  template <int... kStep>
  SLIPWAY_INLINE void add(const std::uint16_t* const (&base)[(kRows + 2) / 3],
                          std::ptrdiff_t stride, const std::uint16_t* weights, Fetch& fetch,
                          std::integer_sequence<int, kStep...>) {
    typename H::A a[kRows];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) a[i] = H::operand(base[i / 3] + i % 3 * stride);
    (add_step<kStep>(a, weights, fetch), ...);
  }

  template <int kStep>
  SLIPWAY_INLINE void add_step(const typename H::A (&a)[kRows], const std::uint16_t* weights,
                               Fetch& fetch) {
    typename H::V w[kOf];
    load(weights + kStep * kOf * H::kLanes, fetch.at, w);
    fetch.at += fetch.step;
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) H::template fuse<kStep>(parts[i][v], a[i], w[v]);
    }
  }

  SLIPWAY_INLINE void add_one(const std::uint16_t* const (&base)[(kRows + 2) / 3],
                              std::ptrdiff_t stride, const std::uint16_t* weights, Fetch& fetch) {
    typename H::V w[kOf];
    load(weights, fetch.at, w);
    fetch.at += fetch.step;
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v)
          H::fuse_one(parts[i][v], base[i / 3] + i % 3 * stride, w[v]);
    }
  }
};

/// The bias of a panel for each row.
template <int kRows, int kWidth>
SLIPWAY_INLINE void begin_sums(const std::byte* bias, float (&sums)[kRows][kWidth]) {
  const auto* from = reinterpret_cast<const float*>(bias);
  SLIPWAY_LOOP for (int j = 0; j < kWidth; j += Floats::kLanes) {
    const Floats::F all = Floats::load(from + j);
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) Floats::store(&sums[i][j], all);
  }
}

/// What becomes of the sums, row by row: the code of one row is enough.
template <int kRows, int kWidth>
SLIPWAY_INLINE void finish_rows(const GemmF32& job, const Panel& panel, int row,
                                const float (&sums)[kRows][kWidth]) {
  constexpr int kAll = kWidth / Floats::kLanes;
  SLIPWAY_LOOP for (int i = 0; i < kRows; ++i) {
    Floats::F own[1][kAll];
    SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) own[0][v] =
        Floats::load(&sums[i][v * Floats::kLanes]);
    finish(job, panel, row + i, own);
  }
}

template <class H, int kRows, int kOf>
void half_tile(const GemmF32& job, const Panel& panel, const HalfRows& rows, int row) {
  constexpr int kWidth = kOf * H::kLanes;
  constexpr auto kSteps = std::make_integer_sequence<int, H::kSteps>();
  alignas(64) float sums[kRows][kWidth];
  begin_sums(panel.at, sums);
  const auto* weights = reinterpret_cast<const std::uint16_t*>(panel.at) + 2 * kWidth;
  const std::ptrdiff_t stride = rows.stride;
  Fetch fetch = panel.fetch;
  Products<H, kRows, kOf> products;
  products.clear();
  int left = kHalfChunk;
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    const std::uint16_t* base[(kRows + 2) / 3];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] =
        rows.at + s * rows.segment + (row + i) * stride;
    const auto advance = [&](int by) __attribute__((always_inline)) {
      weights += by * kWidth;
      SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) {
        base[i / 3] += by;
        asm("" : "+r"(base[i / 3]));  // else each row's address is computed ahead, and spilled
      }
    };
    int count = job.shape.segment_floats;
    SLIPWAY_LOOP while (count > 0) {
      int piece = count < left ? count : left;
      count -= piece;
      left -= piece;
      SLIPWAY_LOOP for (; piece >= H::kSteps; piece -= H::kSteps) {
        products.add(base, stride, weights, fetch, kSteps);
        advance(H::kSteps);
      }
      if constexpr (H::kSteps > 1) {
        SLIPWAY_LOOP for (; piece > 0; --piece) {
          products.add_one(base, stride, weights, fetch);
          advance(1);
        }
      }
      const bool last = count == 0 && s + 1 == job.shape.segments;
      if (left != 0 && !last) continue;
      left = kHalfChunk;
      SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
        SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v)
            H::add_to(&sums[i][v * H::kLanes], products.parts[i][v]);
      }
      products.clear();
    }
  }
  finish_rows(job, panel, rows.first + row, sums);
}

using HalfTile = void (*)(const GemmF32&, const Panel&, const HalfRows&, int);

template <class H, int kOf, class kRows>
struct HalfTiles;

/// Those of 1 to H::kTallest rows, by their rows less 1.
template <class H, int kOf, int... kRows>
struct HalfTiles<H, kOf, std::integer_sequence<int, kRows...>> {
  static constexpr HalfTile kAll[] = {half_tile<H, kRows + 1, kOf>...};
};

/// All rows of one panel, split evenly.
template <class H, int kOf>
void multiply_halves(const GemmF32& job, Panel panel, const HalfRows& rows, int count) {
  constexpr auto& kTiles = HalfTiles<H, kOf, std::make_integer_sequence<int, H::kTallest>>::kAll;
  constexpr std::size_t kLine = kOf * H::kLanes * 2;
  // Where rows begin at the same place of a page, more would not stay in the first cache together.
  constexpr int kSharing = H::kTallest < 7 ? H::kTallest : 7;
  const int tallest = rows.stride % 2048 == 0 ? kSharing : H::kTallest;
  const int tiles = (count - 1) / tallest + 1;
  int row = 0;
  for (int t = 0; t < tiles; ++t) {
    const int here = count / tiles + (t < count % tiles ? 1 : 0);
    panel.fetch = fetch_of(panel.at, panel.bytes, kLine, t, tiles);
    kTiles[here - 1](job, panel, rows, row);
    row += here;
  }
}

/// `count` floats; no others are read, and whole vectors are written.
template <class H>
void round_floats(const float* from, std::ptrdiff_t count, std::uint16_t* to) {
  std::ptrdiff_t i = 0;
  for (; i + Floats::kLanes <= count; i += Floats::kLanes) H::store(to + i, Floats::load(from + i));
  if (i == count) return;
  const auto lanes = Floats::first(static_cast<int>(count - i));
  H::store(to + i, Floats::load(from + i, lanes));
}

/// Rounds rows `row` up to `row + count`.
template <class H>
void round_rows(const GemmF32& job, const RowBlock& block, int row, int count, std::uint16_t* to) {
  for (int s = 0; s < job.shape.segments; ++s, to += block.segment) {
    const float* from = job.a[s] + row * job.a_stride;
    if (block.together) {
      round_floats<H>(from, (count - 1) * job.a_stride + job.shape.segment_floats, to);
      continue;
    }
    for (int i = 0; i < count; ++i)
      round_floats<H>(from + i * job.a_stride, job.shape.segment_floats, to + i * block.stride);
  }
}

template <class H>
void run_halves(const GemmF16& half) {
  constexpr int kWidth = 2 * H::kLanes;
  const auto& job = half.product;
  const auto& shape = job.shape;
  if (job.m < 1) return;
  const auto block = half_rows(shape, job.m, job.a_stride);
  auto* workspace = reinterpret_cast<std::uint16_t*>(half.workspace);
  for (int row = 0; row < job.m; row += block.rows) {
    const int count = block.rows < job.m - row ? block.rows : job.m - row;
    round_rows<H>(job, block, row, count, workspace);
    const HalfRows rows{workspace, block.stride, block.segment, row};
    Panel panel{job.panels, half_panel_bytes(shape, kWidth), 0, 0, {}};
    for (; panel.first < shape.n; panel.first += kWidth, panel.at += panel.bytes) {
      panel.columns = shape.n - panel.first;
      panel_width(panel.columns, kWidth) == kWidth ? multiply_halves<H, 2>(job, panel, rows, count)
                                                   : multiply_halves<H, 1>(job, panel, rows, count);
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
