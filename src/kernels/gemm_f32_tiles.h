#pragma once
// gemm_f32 in terms of Floats (floats.h).
//
// A tile is as many rows as there are registers for, times a panel; rows are split evenly, so that
// none of the tiles is small. Weights are loaded, a's floats are broadcast from memory. Row
// addresses are one base for three rows and a stride, so that none of them is spilled.

#include <utility>

#include "kernels/floats.h"
#include "kernels/gemm_f32_finish.h"
#include "kernels/gemm_f32_panel.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// `kOf` vectors of each panel.
template <int kRows, int kOf, int kPanels>
void tile(const GemmF32& job, const Panel& panel, int row) {
  using F = Floats::F;
  constexpr int kLanes = Floats::kLanes;
  constexpr int kAll = kOf * kPanels;
  const std::size_t apart = panel.bytes / sizeof(float);
  const auto* weights = reinterpret_cast<const float*>(panel.at);
  F sums[kRows][kAll];
  fetch_residual<kRows, kAll>(job, job.residual, panel, row);
  SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) {
    sums[0][v] =
        Floats::load(weights + static_cast<std::size_t>(v / kOf) * apart + v % kOf * kLanes);
    SLIPWAY_UNROLL for (int i = 1; i < kRows; ++i) sums[i][v] = sums[0][v];
  }
  weights += kOf * kLanes;
  const std::ptrdiff_t stride = job.a_stride;
  const std::ptrdiff_t segment =
      static_cast<std::ptrdiff_t>(job.shape.segment_floats) * kOf * kLanes;
  const std::byte* fetch = panel.fetch.at;
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    const float* base[(kRows + 2) / 3];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = job.a[s] + (row + i) * stride;
    const float* const end = weights + segment;
    SLIPWAY_LOOP for (; weights != end; weights += kOf * kLanes) {
      F w[kAll];
      SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) {
        const std::size_t at = static_cast<std::size_t>(v / kOf) * apart + v % kOf * kLanes;
        w[v] = Floats::load(weights + at);
        if (v * kLanes % 16 == 0) Floats::prefetch(fetch + at * sizeof(float));
      }
      fetch += panel.fetch.step;
      SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
        const F a = Floats::all(base[i / 3][i % 3 * stride]);
        SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) sums[i][v] =
            Floats::fused(a, w[v], sums[i][v]);
      }
      SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) {
        ++base[i / 3];
        asm("" : "+r"(base[i / 3]));  // else each row's address is computed ahead, and spilled
      }
    }
  }
  finish(job, panel, row, sums);
}

constexpr int kVectors = 2;                                  // of a whole panel
constexpr int kWidth = kVectors * Floats::kLanes;            // its columns
constexpr int kTallest = Floats::kRegisters / kVectors - 2;  // rows of a tile

using Tile = void (*)(const GemmF32&, const Panel&, int);

template <int kOf, class kRows>
struct Tiles;

/// Those of 1 to kTallest rows, by their rows less 1.
template <int kOf, int... kRows>
struct Tiles<kOf, std::integer_sequence<int, kRows...>> {
  static constexpr Tile kAll[] = {tile<kRows + 1, kOf, 1>...};
};

/// Rows of the highest tile. Where all rows of `a` begin at the same place of a page, so many more
/// would not stay in the first cache together: they share its 8 or 12 ways.
int tallest(const GemmF32& job) {
  constexpr int kSharing = 7;
  constexpr std::ptrdiff_t kPageFloats = 1024;
  return job.a_stride % kPageFloats == 0 && kTallest > kSharing ? kSharing : kTallest;
}

/// A block of rows.
struct Rows {
  int first;
  int count;
};

/// All rows of one panel.
template <int kOf>
void rows(const GemmF32& job, Panel panel, Rows block) {
  constexpr auto& kTiles = Tiles<kOf, std::make_integer_sequence<int, kTallest>>::kAll;
  constexpr std::size_t kLine = kOf * Floats::kLanes * sizeof(float);
  const int tiles = (block.count - 1) / tallest(job) + 1;
  const int height = block.count / tiles;
  const int taller = block.count % tiles;  // tiles that have one row more
  int row = block.first;
  for (int t = 0; t < tiles; ++t) {
    const int here = height + (t < taller ? 1 : 0);
    panel.fetch = fetch_of(panel.at, panel.bytes, kLine, t, tiles);
    kTiles[here - 1](job, panel, row);
    row += here;
  }
}

/// Several whole panels at once for the few rows that there are. What is left begins at the panel
/// that is returned.
template <int kRows, int kPanels>
Panel streams(const GemmF32& job, Panel panel) {
  while (job.shape.n - panel.first > kPanels * kWidth - kWidth / 2) {
    panel.columns = job.shape.n - panel.first;
    panel.fetch = fetch_of(panel.at, panel.bytes, kWidth * sizeof(float), 0, 1);
    tile<kRows, kVectors, kPanels>(job, panel, 0);
    panel.at += kPanels * panel.bytes;
    panel.first += kPanels * kWidth;
  }
  return panel;
}

/// All panels from `panel` on.
void panels(const GemmF32& job, Panel panel, Rows block) {
  for (; panel.first < job.shape.n; panel.first += kWidth, panel.at += panel.bytes) {
    panel.columns = job.shape.n - panel.first;
    panel_width(panel.columns, kWidth) == kWidth ? rows<kVectors>(job, panel, block)
                                                 : rows<kVectors / 2>(job, panel, block);
  }
}

/// Rows that pass all panels before others do: where the weights stay in the second cache, so many
/// that their floats in a and c do, too. Else all of them.
int rows_of_block(const GemmF32& job) {
  constexpr std::size_t kShare = std::size_t{256} << 10U;
  const std::size_t n = static_cast<std::size_t>(job.shape.n);
  const std::size_t depth = depth_of(job.shape);
  if (n * depth * sizeof(float) > kShare) return job.m;
  const std::size_t tiles = kShare / ((n + depth) * sizeof(float)) / kTallest;
  const std::size_t whole = (tiles == 0 ? 1 : tiles) * kTallest;
  return whole < static_cast<std::size_t>(job.m) ? static_cast<int>(whole) : job.m;
}

void run(const GemmF32& job) {
  if (job.m < 1) return;
  Panel panel{job.panels, panel_bytes(job.shape, kWidth), 0, 0, {}};
  if (job.m == 1) panel = streams<1, 4>(job, panel);
  if (job.m == 2) panel = streams<2, 2>(job, panel);
  if (job.m == 3) panel = streams<3, 2>(job, panel);
  const int block = rows_of_block(job);
  for (int row = 0; row < job.m; row += block)
    panels(job, panel, {row, block < job.m - row ? block : job.m - row});
}

}  // namespace
}  // namespace slipway::kernels
