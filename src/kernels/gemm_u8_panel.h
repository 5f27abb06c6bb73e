#pragma once
// How the constants of gemm_u8 lie in memory; what pack_gemm_u8 and the variants share.
//
// Channels go in panels of `panel` columns; a last one of at most half as many is half as wide; the
// rest is filled up with zeros. A panel is
//
//   int32 bias[panel]  float scale[panel]  float offset[panel]
//   int8 weights[segments][segment_bytes / 4, rounded up][panel][4]
//
// of the 512-bit variant with columns in the order of slot_of(): packing 32-bit lanes to bytes
// interleaves the 128-bit parts of vectors, and this order makes bytes come out in their places.
// Floats are not packed.

#include <cstddef>

#include "kernels/gemm_u8.h"

namespace slipway::kernels {

/// The width of the panel that begins at column `n`.
[[nodiscard]] constexpr int panel_width(int n, const GemmU8Shape& shape, int panel) {
  return panel == 32 && shape.n - n <= 16 ? 16 : panel;
}

/// Where channel `c` of a panel stands. The first half of a panel holds columns 0 to 3 of each 8,
/// the second half the others.
[[nodiscard]] constexpr int slot_of(int c, int width, bool split) {
  return split ? (c / 4 % 2) * (width / 2) + c / 8 * 4 + c % 4 : c;
}

[[nodiscard]] constexpr std::size_t constants_bytes(int panel) {
  return static_cast<std::size_t>(panel) * 12;
}

/// Groups of four bytes in a segment.
[[nodiscard]] constexpr int quads_of(const GemmU8Shape& shape) {
  return (shape.segment_bytes + 3) / 4;
}

[[nodiscard]] constexpr std::size_t panel_bytes(const GemmU8Shape& shape, int panel) {
  return constants_bytes(panel) + static_cast<std::size_t>(panel) * 4 *
                                      static_cast<std::size_t>(shape.segments) *
                                      static_cast<std::size_t>(quads_of(shape));
}

}  // namespace slipway::kernels
