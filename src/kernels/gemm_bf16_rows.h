#pragma once
// What the variants of gemm_bf16 in 512-bit vectors share: rows that are rounded once for all
// panels, and what becomes of the sums. What knows bfloat16 is written as instructions: clang 16
// crashes over vectors of that type.

#include "kernels/floats.h"
#include "kernels/gemm_bf16_isa.h"
#include "kernels/gemm_bf16_panel.h"
#include "kernels/gemm_f32_finish.h"

namespace slipway::kernels {
namespace {

/// Rounded rows: those of a block in the workspace, or all of a job's own.
struct Rows {
  const std::uint16_t* at;
  const std::uint16_t* const* segments;  // where they are none of a workspace
  std::ptrdiff_t stride;
  std::ptrdiff_t segment;  // from segment to segment of a workspace
  int first;

  [[nodiscard]] SLIPWAY_INLINE const std::uint16_t* of(int s) const {
    return segments == nullptr ? at + s * segment : segments[s];
  }
};

/// Stores two vectors of each row, of which all lanes exist, as one.
template <int kRows>
SLIPWAY_INLINE void store_rounded(const GemmF32& job, std::uint16_t* c, const Panel& panel, int row,
                                  const __m512 (&sums)[kRows][2]) {
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    __m512i halves;
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(halves) : "v"(sums[i][0]), "v"(sums[i][1]));
    _mm512_storeu_si512(c + (row + i) * job.c_stride + panel.first, halves);
  }
}

/// What becomes of the sums.
template <int kRows, int kOf>
SLIPWAY_INLINE void finish(const GemmBf16& bf16, const Panel& panel, int row,
                           __m512 (&sums)[kRows][kOf]) {
  const auto& job = bf16.product;
  add_residual(job, job.residual, panel, row, sums);
  add_residual(job, bf16.rounded_residual, panel, row, sums);
  clamp(job, sums);
  if (bf16.rounded_c == nullptr) return store_sums(job, job.c, panel, row, sums);
  if constexpr (kOf == 2) {
    if (panel.columns >= 2 * Floats::kLanes)
      return store_rounded(job, bf16.rounded_c, panel, row, sums);
  }
  store_sums(job, bf16.rounded_c, panel, row, sums);
}

/// `count` floats; no others are read.
void round(const float* from, std::ptrdiff_t count, std::uint16_t* to) {
  std::ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) Floats::store(to + i, Floats::load(from + i));
  if (i == count) return;
  const auto lanes = Floats::first(static_cast<int>(count - i));
  Floats::store(to + i, lanes, Floats::load(from + i, lanes));
}

/// Calls `panels(rows, how many)` for each block of a job's rows, once they are rounded.
template <class Panels>
SLIPWAY_INLINE void each_block(const GemmBf16& bf16, const Panels& panels) {
  const auto& job = bf16.product;
  const auto& shape = job.shape;
  if (job.m < 1) return;
  if (bf16.rounded_a != nullptr)
    return panels(Rows{nullptr, bf16.rounded_a, job.a_stride, 0, 0}, job.m);
  const auto block = rounded_rows(shape, job.m, job.a_stride);
  auto* workspace = reinterpret_cast<std::uint16_t*>(bf16.workspace);
  for (int row = 0; row < job.m; row += block.rows) {
    const int count = block.rows < job.m - row ? block.rows : job.m - row;
    for (int s = 0; s < shape.segments; ++s) {
      const float* from = job.a[s] + row * job.a_stride;
      std::uint16_t* to = workspace + s * block.segment;
      if (block.together) {
        round(from, (count - 1) * job.a_stride + shape.segment_floats, to);
      } else {
        for (int i = 0; i < count; ++i)
          round(from + i * job.a_stride, shape.segment_floats, to + i * block.stride);
      }
    }
    panels(Rows{workspace, nullptr, block.stride, block.segment, row}, count);
  }
}

}  // namespace
}  // namespace slipway::kernels
