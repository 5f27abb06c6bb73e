#pragma once
// How the constants of gemm_u8 lie in memory; what pack_gemm_u8 and the variants share.
//
// Channels go in panels of `panel` columns, the last one filled up with zeros. A panel is
//
//   int32 bias[panel]  float scale[panel]  float offset[panel]
//   int8 weights[segments][segment_bytes / 4, rounded up][panel][4]
//
// with columns in the order of slot_of(): packing 32-bit lanes to bytes interleaves the 128-bit
// parts of vectors, and this order makes bytes come out in their places. Floats are not packed.

#include <cstddef>

#include "kernels/gemm_u8.h"

namespace slipway::kernels {

/// Where channel `c` of a panel stands.
[[nodiscard]] constexpr int slot_of(int c, int panel, GemmOutput output) {
  if (panel != 32 || output == GemmOutput::floats) return c;
  return (c / 4 % 2) * 16 + c / 8 * 4 + c % 4;
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
