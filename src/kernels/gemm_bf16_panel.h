#pragma once
// How the constants and the workspace of gemm_bf16 lie in memory; what packing and the variants
// share.
//
// Panels are those of gemm_f32_panel.h, but weights go by pairs:
//
//   float bias[panel]
//   bfloat16 weights[segments][segment_floats / 2, rounded up][panel][2]
//
// The workspace has, for each segment, the rounded floats of a block of rows: where rows overlap or
// follow each other, everything from the first to the last, else row by row.

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/gemm_bf16.h"
#include "kernels/gemm_f32_panel.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Pairs in a segment.
[[nodiscard]] constexpr int pairs_of(const GemmF32Shape& shape) {
  return (shape.segment_floats + 1) / 2;
}

[[nodiscard]] constexpr std::size_t paired_bytes(const GemmF32Shape& shape, int width) {
  return static_cast<std::size_t>(width) * 4 *
         (1 + static_cast<std::size_t>(shape.segments) * static_cast<std::size_t>(pairs_of(shape)));
}

/// Rows that are rounded and multiplied before the next ones, and how they lie.
struct RoundedRows {
  int rows;
  bool together;           // from the first to the last
  std::ptrdiff_t stride;   // from row to row
  std::ptrdiff_t segment;  // from segment to segment
};

[[nodiscard]] constexpr RoundedRows rounded_rows(const GemmF32Shape& shape, int m,
                                                 std::ptrdiff_t a_stride) {
  constexpr std::ptrdiff_t kShare = 256 * 1024 / 2;
  constexpr std::ptrdiff_t kTallest = 14;
  RoundedRows block{};
  block.together = a_stride >= 0 && a_stride <= shape.segment_floats;
  block.stride = block.together ? a_stride : 2 * std::ptrdiff_t{pairs_of(shape)};
  const std::ptrdiff_t each = block.stride * shape.segments;
  const std::ptrdiff_t fit = kShare / (each < 1 ? 1 : each) / kTallest * kTallest;
  const std::ptrdiff_t rows = fit < kTallest ? kTallest : fit;
  block.rows = rows < m ? static_cast<int>(rows) : m;
  block.segment = (block.rows - 1) * block.stride + shape.segment_floats + 32;
  return block;
}

}  // namespace
}  // namespace slipway::kernels
