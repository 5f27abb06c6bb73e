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

/// The residual of a tile starts on its way while the sums are computed: a few bytes of each of
/// some rows are no stream that processors would notice.
template <int kRows, int kAll>
SLIPWAY_INLINE void fetch_residual(const GemmF32& job, const Panel& panel, int row) {
  if (job.residual == nullptr) return;
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    const float* from = job.residual + (row + i) * job.residual_stride + panel.first;
    SLIPWAY_UNROLL for (int j = 0; j < kAll * Floats::kLanes; j += 16) Floats::prefetch(from + j);
  }
}

/// What becomes of the sums. Each stage goes over all of them, for a product of short rows notices
/// every instruction here.
template <int kRows, int kAll>
SLIPWAY_INLINE void finish(const GemmF32& job, const Panel& panel, int row,
                           Floats::F (&sums)[kRows][kAll]) {
  constexpr int kLanes = Floats::kLanes;
  const auto each = [&](const auto& change) __attribute__((always_inline)) {
    SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
      SLIPWAY_UNROLL for (int v = 0; v < kAll; ++v) change(sums[i][v], row + i, v * kLanes);
    }
  };
  if (job.residual != nullptr) {
    each([&](Floats::F & sum, int i, int j) __attribute__((always_inline)) {
      const float* from = job.residual + i * job.residual_stride + panel.first + j;
      sum = Floats::add(sum, Floats::load(from, Floats::first(panel.columns - j)));
    });
  }
  if (job.low > -std::numeric_limits<float>::infinity()) {
    const Floats::F low = Floats::all(job.low);
    each([&](Floats::F & sum, int, int)
             __attribute__((always_inline)) { sum = Floats::at_least(low, sum); });
  }
  if (job.high < std::numeric_limits<float>::infinity()) {
    const Floats::F high = Floats::all(job.high);
    each([&](Floats::F & sum, int, int)
             __attribute__((always_inline)) { sum = Floats::at_most(high, sum); });
  }
  const auto to = [&](int i, int j) __attribute__((always_inline)) {
    return job.c + i * job.c_stride + panel.first + j;
  };
  if (panel.columns >= kAll * kLanes) {
    each([&](const Floats::F& sum, int i, int j)
             __attribute__((always_inline)) { Floats::store(to(i, j), sum); });
  } else {
    each([&](const Floats::F& sum, int i, int j) __attribute__((always_inline)) {
      Floats::store(to(i, j), Floats::first(panel.columns - j), sum);
    });
  }
}

}  // namespace
}  // namespace slipway::kernels
