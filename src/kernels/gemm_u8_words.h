#pragma once
// The form of gemm_u8 whose operands are 16-bit words: what packing, the portable parts and the
// variant share. Products of pairs of words are exact whatever the weights, where products of pairs
// of bytes are cut to 16 bits.
//
// Panels are those of gemm_u8_panel.h with weights[segments][segment_bytes / 2, rounded
// up][panel][2] and no extra steps: those of a product whose segments are twice as long. A panel
// whose weights fit in 8 bits has them as int8, or memory would have twice as many to give, and
// they are widened in front of the workspace, once for all rows of a block; others are int16.

#include "kernels/gemm_u8.h"
#include "kernels/gemm_u8_panel.h"
#include "kernels/row_block.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Rows of a tile.
inline constexpr int kWordsTall = 6;

/// The shape in bytes of the words.
[[nodiscard]] constexpr GemmU8Shape widened(const GemmU8Shape& shape) {
  return {shape.n, shape.segments, 2 * shape.segment_bytes, shape.output};
}

inline constexpr int kWordsPanel = 16;

/// What the weights of a panel take in memory.
[[nodiscard]] constexpr std::size_t stored_bytes(const GemmU8Shape& widened_shape, bool wide) {
  const std::size_t bytes = weight_bytes(widened_shape, kWordsPanel);
  return wide ? bytes : (bytes / 2 + 63) / 64 * 64;
}

/// How the words of some rows lie in the workspace.
[[nodiscard]] constexpr RowBlock words_block(const GemmU8Shape& shape, int m,
                                             std::ptrdiff_t a_stride) {
  // Rows that begin at the same place of each page would not stay in the first cache together.
  constexpr std::ptrdiff_t kPart = 1024;
  const std::ptrdiff_t apart = (shape.segment_bytes + 31) / 32 * 32;
  const bool together =
      a_stride > 0 && a_stride <= shape.segment_bytes && (a_stride % kPart != 0 || m == 1);
  const std::ptrdiff_t stride = together ? a_stride : apart % kPart == 0 ? apart + 32 : apart;
  return row_block(shape.segments, shape.segment_bytes, m, together, stride, kWordsTall);
}

}  // namespace
}  // namespace slipway::kernels
