#pragma once
// How the constants of gemm_u8 lie in memory; what pack_gemm_u8 and the variants share.
//
// First comes where each panel begins, as uint64; then, where the addition is a table, its
// kTableBytes; then the channels in panels of `panel` columns. Of panels of 32 a last one of at
// most half as many is half as wide; the rest is filled up with zeros. A panel is
//
//   PanelHeader
//   int32 bias[panel]  uint32 first[panel]  uint32 second[panel]     (ScaleWords)
//   int8 weights[segments][segment_bytes / 4, rounded up][panel][4]
//   extras times: PanelExtra, int8 weights[panel][4]
//
// An extra step multiplies a quad of bytes once more, by what of its weights did not fit.
//
// All but the portable variant have the columns in the order of slot_of(): packing 32-bit lanes to
// bytes interleaves the 128-bit parts of vectors, and this order makes bytes come out in their
// places. Floats are not packed.

#include <cstddef>

#include "kernels/gemm_u8.h"
#include "kernels/inline.h"

namespace slipway::kernels {

struct PanelHeader {
  std::int32_t kind;  // a Requantize
  std::int32_t extras;
  std::int32_t wide;          // of panels of words: whether they are words in memory
  std::int32_t reserved[13];  // what follows is aligned to 64 bytes
};

struct PanelExtra {
  std::int32_t segment;
  std::int32_t byte;  // of the segment, where the quad begins
  std::int32_t reserved[14];
};

/// The width of the panel that begins at column `n`.
[[nodiscard]] SLIPWAY_INLINE constexpr int panel_width(int n, const GemmU8Shape& shape, int panel) {
  return panel == 32 && shape.n - n <= 16 ? 16 : panel;
}

/// Where channel `c` of a panel stands. The first half of a panel holds columns 0 to 3 of each 8,
/// the second half the others.
[[nodiscard]] SLIPWAY_INLINE constexpr int slot_of(int c, int width, bool split) {
  return split ? (c / 4 % 2) * (width / 2) + c / 8 * 4 + c % 4 : c;
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t constants_bytes(int panel) {
  return static_cast<std::size_t>(panel) * 12;
}

/// Groups of four bytes in a segment.
[[nodiscard]] SLIPWAY_INLINE constexpr int quads_of(const GemmU8Shape& shape) {
  return (shape.segment_bytes + 3) / 4;
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t extra_bytes(int panel) {
  return sizeof(PanelExtra) + static_cast<std::size_t>(panel) * 4;
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t weight_bytes(const GemmU8Shape& shape,
                                                                int panel) {
  return static_cast<std::size_t>(panel) * 4 * static_cast<std::size_t>(shape.segments) *
         static_cast<std::size_t>(quads_of(shape));
}

[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t panel_bytes(const GemmU8Shape& shape, int panel,
                                                               int extras) {
  return sizeof(PanelHeader) + constants_bytes(panel) + weight_bytes(shape, panel) +
         static_cast<std::size_t>(extras) * extra_bytes(panel);
}

/// The bytes in front of the table.
[[nodiscard]] SLIPWAY_INLINE constexpr std::size_t directory_bytes(const GemmU8Shape& shape,
                                                                   int panel) {
  return static_cast<std::size_t>((shape.n + panel - 1) / panel + 7) / 8 * 64;
}

/// Makes `part`, a copy of a job, `count` of its rows from `row` on: all but where their operands
/// lie.
SLIPWAY_INLINE void set_rows(const GemmU8& job, int row, int count, GemmU8& part) {
  part.m = count;
  if (job.c != nullptr) part.c = job.c + row * job.c_stride;
  if (job.y != nullptr) part.y = job.y + row * job.c_stride;
  if (job.sums != nullptr) part.sums = job.sums + row * job.c_stride;
  if (job.residual != nullptr) part.residual = job.residual + row * job.residual_stride;
}

/// The columns of a job behind its first.
[[nodiscard]] SLIPWAY_INLINE constexpr int columns_of(const GemmU8& job) {
  return job.columns == 0 ? job.shape.n - job.first : job.columns;
}

}  // namespace slipway::kernels
