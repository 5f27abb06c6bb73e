#pragma once
// How the constants of depthwise_u8 lie in memory; what packing and the variants share.
//
// The portable variant has a PlainChannel and its weights, int16[taps], for each channel. For the
// others channels go in groups of 64 (where vectors are so wide), 32 and 16; the last group is
// filled up with zeros. A group of V channels is
//
//   GroupHeader
//   int32 bias[V]  uint32 first[V]  uint32 second[V]       (ScaleWords)
//   int8 weights[2 rows][3 columns][V][4]                  with `quads` 0; once more the same for
//                                                          what does not fit, if `beyond`
//   quads times: GroupQuad, int8 weights[V][4]             otherwise
//
// with channels in the order of depthwise_slot(): interleaving four vectors splits them into
// 128-bit parts.
//
// Columns: a quad holds one channel of rows r to r + 3 of a column, and a dot product with the
// weights (w0, w1, w2, 0) gives row r, with (0, w0, w1, w2) row r + 1. Otherwise a quad holds one
// channel at four places of the window.

#include <cstddef>

#include "kernels/depthwise_u8.h"
#include "kernels/inline.h"

namespace slipway::kernels {

struct PlainChannel {
  std::int32_t kind;  // a Requantize
  std::int32_t bias;
  ScaleWords words;
};

struct GroupHeader {
  std::int32_t kind;  // a Requantize
  std::int32_t quads;
  std::int32_t beyond;        // 0 or 1
  std::int32_t reserved[13];  // what follows is aligned to 64 bytes
};

struct GroupQuad {
  std::int32_t taps[4];  // place i * kernel_x + j of the window
  std::int32_t reserved[12];
};

/// The width of the group that begins at channel `c`.
[[nodiscard]] SLIPWAY_INLINE constexpr int depthwise_group(int c, int channels, int widest) {
  const int left = channels - c;
  return left > 32 && widest == 64 ? 64 : left > 16 && widest >= 32 ? 32 : 16;
}

/// Where channel `c` of a group of `width` stands: quad j of each 128-bit part L in its own vector.
[[nodiscard]] SLIPWAY_INLINE constexpr int depthwise_slot(int c, int width) {
  return c / 4 % 4 * (width / 4) + c / 16 * 4 + c % 4;
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t group_bytes(int width, int quads, int beyond) {
  const auto v = static_cast<std::size_t>(width);
  return sizeof(GroupHeader) + v * 12 +
         (quads == 0 ? v * 24 * static_cast<std::size_t>(1 + beyond)
                     : static_cast<std::size_t>(quads) * (sizeof(GroupQuad) + v * 4));
}

}  // namespace slipway::kernels
