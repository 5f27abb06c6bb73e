#pragma once
// How the constants and the workspace of gemm_f16 lie in memory; what packing and the variants
// share.
//
// Panels are those of gemm_f32_panel.h with halves for weights:
//
//   float bias[panel]
//   half weights[segments * segment_floats][panel]
//
// The workspace has, for each segment, the rounded floats of a block of rows (row_block.h).

#include <cstddef>

#include "kernels/gemm_f16.h"
#include "kernels/gemm_f32_panel.h"
#include "kernels/row_block.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

[[nodiscard]] constexpr std::size_t half_panel_bytes(const GemmF32Shape& shape, int width) {
  return (2 + depth_of(shape)) * static_cast<std::size_t>(width) * 2;
}

[[nodiscard]] constexpr RowBlock half_rows(const GemmF32Shape& shape, int m,
                                           std::ptrdiff_t a_stride) {
  constexpr int kTallest = 14;
  const bool together = a_stride >= 0 && a_stride <= shape.segment_floats;
  return row_block(shape.segments, shape.segment_floats, m, together,
                   together ? a_stride : shape.segment_floats, kTallest);
}

}  // namespace
}  // namespace slipway::kernels
