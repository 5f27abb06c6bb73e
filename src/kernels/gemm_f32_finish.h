#pragma once
// What becomes of the sums of a tile, in terms of Floats (floats.h).

#include "kernels/fetch.h"
#include "kernels/floats.h"
#include "kernels/gemm_f32.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// One panel, or some that are computed together: those lie `bytes` apart.
struct Panel {
  const std::byte* at;
  std::size_t bytes;
  int first;    // column
  int columns;  // of all of them
  Fetch fetch;
};

// The stages of what becomes of the sums. Each goes over all of them, for a product of short rows
// notices every instruction here. `Number` is float, or another one that Floats loads and stores.

/// The residual of a tile, if there is one, starts on its way while the sums are computed: a few
/// bytes of each of some rows are no stream that processors would notice.
template <int kRows, int kAll, class Number>
SLIPWAY_INLINE void fetch_residual(const GemmF32& job, const Number* residual, const Panel& panel,
                                   int row) {
  if (residual == nullptr) return;
  constexpr int kLine = 64 / sizeof(Number);
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    const Number* from = residual + (row + i) * job.residual_stride + panel.first;
    SLIPWAY_UNROLL for (int j = 0; j < kAll * Floats::kLanes; j += kLine)
        Floats::prefetch(from + j);
  }
}

/// Calls `change(sum, its row, its first column in the panel)`.
template <int kRows, int kAll, class Change>
SLIPWAY_INLINE void each_sum(Floats::F (&sums)[kRows][kAll], int row, const Change& change) {
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) change(sums[i][v], row + i, v * Floats::kLanes);
  }
}

template <int kRows, int kAll, class Number>
SLIPWAY_INLINE void add_residual(const GemmF32& job, const Number* residual, const Panel& panel,
                                 int row, Floats::F (&sums)[kRows][kAll]) {
  if (residual == nullptr) return;
  each_sum(
      sums, row, [&](Floats::F & sum, int i, int j) __attribute__((always_inline)) {
        const Number* from = residual + i * job.residual_stride + panel.first + j;
        sum = Floats::add(sum, Floats::load(from, Floats::first(panel.columns - j)));
      });
}

template <int kRows, int kAll>
SLIPWAY_INLINE void clamp(const GemmF32& job, Floats::F (&sums)[kRows][kAll]) {
  if (job.low > -std::numeric_limits<float>::infinity()) {
    const Floats::F low = Floats::all(job.low);
    each_sum(
        sums, 0, [&](Floats::F & sum, int, int) __attribute__((always_inline)) {
          sum = Floats::at_least(low, sum);
        });
  }
  if (job.high < std::numeric_limits<float>::infinity()) {
    const Floats::F high = Floats::all(job.high);
    each_sum(
        sums, 0, [&](Floats::F & sum, int, int) __attribute__((always_inline)) {
          sum = Floats::at_most(high, sum);
        });
  }
}

template <int kRows, int kAll, class Number>
SLIPWAY_INLINE void store_sums(const GemmF32& job, Number* c, const Panel& panel, int row,
                               Floats::F (&sums)[kRows][kAll]) {
  constexpr int kLanes = Floats::kLanes;
  const auto to = [&](int i, int j) __attribute__((always_inline)) {
    return c + i * job.c_stride + panel.first + j;
  };
  if (panel.columns >= kAll * kLanes) {
    each_sum(
        sums, row, [&](const Floats::F& sum, int i, int j) __attribute__((always_inline)) {
          Floats::store(to(i, j), sum);
        });
  } else {
    each_sum(
        sums, row, [&](const Floats::F& sum, int i, int j) __attribute__((always_inline)) {
          Floats::store(to(i, j), Floats::first(panel.columns - j), sum);
        });
  }
}

/// All of them.
template <int kRows, int kAll>
SLIPWAY_INLINE void finish(const GemmF32& job, const Panel& panel, int row,
                           Floats::F (&sums)[kRows][kAll]) {
  add_residual(job, job.residual, panel, row, sums);
  clamp(job, sums);
  store_sums(job, job.c, panel, row, sums);
}

}  // namespace
}  // namespace slipway::kernels
