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
//
// Strips: where a variant has them and is_for_strips() says so, the weights of a group whose
// weights fit are instead
//
//   int8 weights[kernel_x][2 rows][V][4]
//   int8 weights[kernel_x or, with strip_pairs(), half of it rounded up][2 rows][V][4]
//
// where quads hold rows 0 to 3 of what two rows of the output read, and then rows 4 to 7, or rows 4
// and 5 of two columns. The lower row of the output has its window stride_y rows further down.
//
// Words: where a variant has them and word_outputs() is not 0, the weights are instead
//
//   int16 weights[4][row pairs][kernel_x][V / 4][2]        by quarters of the group; where windows
//                                                          alternate, once more a row further down
//
// with channels in the order of word_slot().

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
  std::int32_t strips;        // 0 or 1
  std::int32_t reserved[12];  // what follows is aligned to 64 bytes
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

/// Columns of the output whose sums lie in memory together, and what they read at most.
inline constexpr int kStripOutputs = 14;
inline constexpr int kStripColumns = 36;

/// Whether two rows of the output read up to eight rows, of which interleaving pays.
[[nodiscard]] SLIPWAY_INLINE constexpr bool is_for_strips(const DepthwiseU8Shape& shape) {
  return shape.kernel_y > 3 && shape.kernel_y + shape.stride_y <= 8 && shape.dilation_y == 1 &&
         shape.dilation_x == 1 &&
         (kStripOutputs - 1) * shape.stride_x + shape.kernel_x <= kStripColumns;
}

/// Whether only two rows are left for second quads, which then hold those of two columns.
[[nodiscard]] SLIPWAY_INLINE constexpr bool strip_pairs(const DepthwiseU8Shape& shape) {
  return shape.kernel_y + shape.stride_y <= 6;
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t strip_group_bytes(
    int width, const DepthwiseU8Shape& shape) {
  const int second = strip_pairs(shape) ? (shape.kernel_x + 1) / 2 : shape.kernel_x;
  return sizeof(GroupHeader) + static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(12 + (shape.kernel_x + second) * 8);
}

/// Row pairs that a window of `kernel_y` rows touches; it begins at the first row of one or, with
/// `odd` 1, at the second.
[[nodiscard]] SLIPWAY_INLINE constexpr int word_pairs(int kernel_y, int odd) {
  return (odd + kernel_y - 1) / 2 + 1;
}

/// Whether windows begin at second rows of pairs, too, which takes weights of their own.
[[nodiscard]] SLIPWAY_INLINE constexpr bool word_windows_alternate(const DepthwiseU8Shape& shape) {
  return shape.stride_y % 2 != 0 && shape.dilation_y == 1;
}

/// Bytes for the row pairs of a strip; with its sums they are to stay in the fastest cache.
inline constexpr int kWordScratch = 24 * 1024;
inline constexpr int kMostWordOutputs = 64;
inline constexpr int kMostWordSteps = 64;
inline constexpr int kMostWordStride = 8;

/// How many columns a window reaches to the right, in each phase of the stride.
[[nodiscard]] SLIPWAY_INLINE constexpr int word_reach(const DepthwiseU8Shape& shape) {
  return (shape.kernel_x - 1) * shape.dilation_x / shape.stride_x;
}

/// The columns of each phase that there is room for: two more than some outputs need, as two of 16
/// channels are written together.
[[nodiscard]] SLIPWAY_INLINE constexpr int word_span(const DepthwiseU8Shape& shape, int outputs) {
  return (outputs + word_reach(shape) + 3) / 2 * 2;
}

/// Columns of the output in a strip; 0: the window is not for words.
[[nodiscard]] SLIPWAY_INLINE constexpr int word_outputs(const DepthwiseU8Shape& shape) {
  const int pairs = word_pairs(shape.kernel_y, 1);
  if (pairs * shape.kernel_x > kMostWordSteps || shape.stride_x > kMostWordStride) return 0;
  const int room = kWordScratch / (pairs * shape.stride_x * 4 * 32);
  int outputs = kMostWordOutputs;
  while (outputs > 0 && word_span(shape, outputs) > room) outputs -= 8;
  return outputs;
}

/// Where channel `c` of a group of `width` stands: interleaving two rows by twos keeps each eight
/// channels of a 128-bit part together, and widening takes the even and the odd ones apart.
[[nodiscard]] SLIPWAY_INLINE constexpr int word_slot(int c, int width) {
  return (c / 8 % 2 * 2 + c % 2) * (width / 4) + c / 16 * 4 + c % 8 / 2;
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t word_group_bytes(int width,
                                                                    const DepthwiseU8Shape& shape) {
  const int pairs = word_pairs(shape.kernel_y, 0) +
                    (word_windows_alternate(shape) ? word_pairs(shape.kernel_y, 1) : 0);
  return sizeof(GroupHeader) + static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(12 + pairs * shape.kernel_x * 4);
}

}  // namespace slipway::kernels
