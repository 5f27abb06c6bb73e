#pragma once
// gemm_f32 in terms of Floats: included behind a floats_*.h by one file for each instruction set.
//
// A tile is as many rows as there are registers for, times a panel; rows are split evenly, so that
// none of the tiles is small. Weights are loaded, a's floats are broadcast from memory. Row
// addresses are one base for three rows and a stride, so that none of them is spilled.

#include <utility>

#include "kernels/gemm_f32_panel.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// One panel, or some that are computed together: those lie `bytes` apart.
struct Panel {
  const std::byte* at;
  std::size_t bytes;
  int first;             // column
  int columns;           // of all of them
  std::size_t prefetch;  // how many bytes ahead weights are fetched
};

/// `kOf` vectors of each panel.
template <int kRows, int kOf, int kPanels>
void tile(const GemmF32& job, const Panel& panel, int row) {
  using F = Floats::F;
  constexpr int kLanes = Floats::kLanes;
  constexpr int kAll = kOf * kPanels;
  const std::size_t apart = panel.bytes / sizeof(float);
  const auto* weights = reinterpret_cast<const float*>(panel.at);
  F sums[kRows][kAll];
  SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) {
    sums[0][v] =
        Floats::load(weights + static_cast<std::size_t>(v / kOf) * apart + v % kOf * kLanes);
    SLIPWAY_UNROLL for (int i = 1; i < kRows; ++i) sums[i][v] = sums[0][v];
  }
  weights += kOf * kLanes;
  const std::ptrdiff_t stride = job.a_stride;
  const std::ptrdiff_t segment =
      static_cast<std::ptrdiff_t>(job.shape.segment_floats) * kOf * kLanes;
  const std::size_t ahead = panel.prefetch;
  SLIPWAY_LOOP for (int s = 0; s < job.shape.segments; ++s) {
    const float* base[(kRows + 2) / 3];
    SLIPWAY_UNROLL for (int i = 0; i < kRows; i += 3) base[i / 3] = job.a[s] + (row + i) * stride;
    const float* const end = weights + segment;
    SLIPWAY_LOOP for (; weights != end; weights += kOf * kLanes) {
      F w[kAll];
      SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) {
        const float* at = weights + static_cast<std::size_t>(v / kOf) * apart + v % kOf * kLanes;
        w[v] = Floats::load(at);
        if (v * kLanes % 16 == 0) Floats::prefetch(reinterpret_cast<const std::byte*>(at) + ahead);
      }
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
  const F low = Floats::all(job.low);
  const F high = Floats::all(job.high);
  SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) {
    const int left = panel.columns - v * kLanes;
    const auto lanes = Floats::first(left);
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      F sum = sums[i][v];
      const std::ptrdiff_t column = panel.first + v * kLanes;
      float* to = job.c + (row + i) * job.c_stride + column;
      if (job.residual != nullptr) {
        const float* from = job.residual + (row + i) * job.residual_stride + column;
        sum = Floats::add(sum, Floats::load(from, lanes));
      }
      sum = Floats::clamp(sum, low, high);
      left >= kLanes ? Floats::store(to, sum) : Floats::store(to, lanes, sum);
    }
  }
}

constexpr int kVectors = 2;                                  // of a whole panel
constexpr int kWidth = kVectors * Floats::kLanes;            // its columns
constexpr int kTallest = Floats::kRegisters / kVectors - 2;  // rows of a tile

/// Weights of the panels that a few rows read as streams are fetched so many bytes ahead: more than
/// processors do by themselves, who stop at the end of a page.
constexpr std::size_t kStreamAhead = 4096;

using Tile = void (*)(const GemmF32&, const Panel&, int);

template <int kOf, class kRows>
struct Tiles;

/// Those of 1 to kTallest rows, by their rows less 1.
template <int kOf, int... kRows>
struct Tiles<kOf, std::integer_sequence<int, kRows...>> {
  static constexpr Tile kAll[] = {tile<kRows + 1, kOf, 1>...};
};

/// All rows of one panel. Where there are several tiles, one of them fetches the next panel.
template <int kOf>
void rows(const GemmF32& job, Panel panel) {
  constexpr auto& kTiles = Tiles<kOf, std::make_integer_sequence<int, kTallest>>::kAll;
  const int tiles = (job.m - 1) / kTallest + 1;
  const int height = job.m / tiles;
  const int taller = job.m % tiles;  // tiles that have one row more
  int row = 0;
  for (int t = 0; t < tiles; ++t) {
    const int here = height + (t < taller ? 1 : 0);
    panel.prefetch = tiles == 1 ? kStreamAhead : t == 1 ? panel.bytes : 0;
    kTiles[here - 1](job, panel, row);
    row += here;
  }
}

/// Several whole panels at once for the few rows that there are. What is left begins at the panel
/// that is returned.
template <int kPanels>
Panel streams(const GemmF32& job, Panel panel) {
  while (job.shape.n - panel.first > kPanels * kWidth - kWidth / 2) {
    panel.columns = job.shape.n - panel.first;
    if (job.m == 1) {
      tile<1, kVectors, kPanels>(job, panel, 0);
    } else if (job.m == 2) {
      tile<2, kVectors, kPanels>(job, panel, 0);
    } else {
      tile<3, kVectors, kPanels>(job, panel, 0);
    }
    panel.at += kPanels * panel.bytes;
    panel.first += kPanels * kWidth;
  }
  return panel;
}

void run(const GemmF32& job) {
  if (job.m < 1) return;
  Panel panel{job.panels, panel_bytes(job.shape, kWidth), 0, 0, kStreamAhead};
  if (job.m == 1) panel = streams<4>(job, panel);
  if (job.m == 2 || job.m == 3) panel = streams<2>(job, panel);
  for (; panel.first < job.shape.n; panel.first += kWidth, panel.at += panel.bytes) {
    panel.columns = job.shape.n - panel.first;
    panel_width(panel.columns, kWidth) == kWidth ? rows<kVectors>(job, panel)
                                                 : rows<kVectors / 2>(job, panel);
  }
}

}  // namespace
}  // namespace slipway::kernels
