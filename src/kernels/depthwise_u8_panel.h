#pragma once
// How the constants of depthwise_u8 lie in memory; what packing and the variants share.
//
// Channels go in groups of 64, then of 32 and 16; the last group is filled up with zeros. Columns
// are taken four rows at a time: a quad holds one channel of rows r to r + 3, and a dot product
// with the quad (w0, w1, w2, 0) gives row r, with (0, w0, w1, w2) row r + 1. A group of V channels
// is
//
//   int32 bias[V]  float scale[V]  float offset[V]
//   int8 weights[2 rows][3 columns][V][4]
//
// with channels in the order of depthwise_slot(): interleaving four rows splits vectors into
// 128-bit parts.

#include <cstddef>

#include "kernels/depthwise_u8.h"

namespace slipway::kernels {

/// The width of the group that begins at channel `c`: 64, 32 or 16.
[[nodiscard]] constexpr int depthwise_group(int c, int channels) {
  const int left = channels - c;
  return left > 32 ? 64 : left > 16 ? 32 : 16;
}

/// Where channel `c` of a group of `width` stands: quad j of each 128-bit part L in its own vector.
[[nodiscard]] constexpr int depthwise_slot(int c, int width) {
  return c / 4 % 4 * (width / 4) + c / 16 * 4 + c % 4;
}

/// The bytes of one channel's constants.
inline constexpr std::size_t kDepthwiseBytes = 12 + 24;

}  // namespace slipway::kernels
