#pragma once
// The form of gemm_u8 for sums of two products that are cut to 16 bits: 255 times any weight of 8
// bits fits, and so do two products of bytes that are no more than 255 together. Rows are copied
// with such pairs in them; what two bytes have beyond it is kept in a list for each tile, and
// multiplied once more. After an activation that leaves out negative numbers most bytes are small,
// and few tiles have any such pair in a quad. Any others are exact as well, and take longer.

#include "kernels/gemm_u8.h"
#include "kernels/gemm_u8_panel.h"
#include "kernels/row_block.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Rows of a tile.
inline constexpr int kSplitTall = 6;

/// What a quad has more in the rows of a tile.
template <int kRows>
struct Excess {
  std::int32_t quad;  // of all segments
  std::uint8_t bytes[kRows][4];
};

/// How the workspace of some rows lies: rows of bytes, then for each tile where its list begins,
/// counted in bytes, then the lists.
struct SplitBlock {
  RowBlock rows;
  std::ptrdiff_t begins;
  std::ptrdiff_t lists;
  std::ptrdiff_t bytes;
};

[[nodiscard]] constexpr SplitBlock split_block(const GemmU8Shape& shape, int m) {
  constexpr std::ptrdiff_t kShare = 256 * 1024;
  constexpr std::ptrdiff_t kPart = 1024;  // rows less alike: see words_block()
  const std::ptrdiff_t apart = (shape.segment_bytes + 31) / 32 * 32;
  const std::ptrdiff_t stride = apart % kPart == 0 ? apart + 32 : apart;
  SplitBlock block{};
  block.rows = row_block(shape.segments, shape.segment_bytes, m, false, stride, kSplitTall, kShare);
  block.begins = (block.rows.segment * shape.segments + 63) / 64 * 64;
  // Tiles have at least 3 rows unless they are all, and at most 6 are in two of them.
  const std::ptrdiff_t tiles = (block.rows.rows + 2) / 3;
  const std::ptrdiff_t quads = std::ptrdiff_t{shape.segments} * quads_of(shape);
  block.lists = block.begins + (tiles + 1) * 4;
  block.bytes = block.lists + quads * 4 * (tiles + block.rows.rows + 6);
  return block;
}

}  // namespace
}  // namespace slipway::kernels
