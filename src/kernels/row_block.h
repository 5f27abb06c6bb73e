#pragma once
// Rows of a product that are rounded or widened to 16 bits before they are multiplied: a block of
// them at a time, in a workspace.

#include <cstddef>

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// How a block lies in its workspace, in elements of 16 bits: for each segment everything from the
/// first row to the last where rows overlap or follow each other, else row by row.
struct RowBlock {
  int rows = 0;
  bool together = false;
  std::ptrdiff_t stride = 0;   // from row to row
  std::ptrdiff_t segment = 0;  // from segment to segment

  [[nodiscard]] constexpr std::size_t bytes(int segments) const {
    return static_cast<std::size_t>(segment * segments) * 2;
  }
};

/// A block of at most `m` rows of `segments` runs of `elements`, `stride` apart, of `share`
/// elements unless a few rows are more: a multiple of `tallest` rows unless it is the last. The
/// share leaves room for weights in a second cache of 512 KB.
[[nodiscard]] constexpr RowBlock row_block(int segments, std::ptrdiff_t elements, int m,
                                           bool together, std::ptrdiff_t stride, int tallest,
                                           std::ptrdiff_t share = 256 * 1024 / 2) {
  constexpr std::ptrdiff_t kBehind = 32;  // vectors are written whole
  const std::ptrdiff_t each = stride * segments;
  const std::ptrdiff_t fit = share / (each < 1 ? 1 : each) / tallest * tallest;
  const std::ptrdiff_t rows = fit < tallest ? tallest : fit;
  RowBlock block{rows < m ? static_cast<int>(rows) : m, together, stride, 0};
  block.segment = (block.rows - 1) * stride + elements + kBehind;
  return block;
}

}  // namespace
}  // namespace slipway::kernels
