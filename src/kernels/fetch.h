#pragma once
// Weights on their way from memory while others are multiplied.

#include <cstddef>

#include "kernels/inline.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// What a tile fetches: `at` moves on by `step` bytes whenever the tile has read `line` bytes of
/// its own panel.
struct Fetch {
  const std::byte* at;
  std::ptrdiff_t step;
};

/// Panels that a single tile reads are fetched so many bytes ahead: more than processors do by
/// themselves, who stop at the end of a page.
inline constexpr std::ptrdiff_t kStreamAhead = 4096;

/// Each of `tiles` tiles of one panel fetches its part of the next panel, so that memory has the
/// time of all of them; a single one fetches what it is about to read.
SLIPWAY_INLINE Fetch fetch_of(const std::byte* panel, std::size_t bytes, std::size_t line, int tile,
                              int tiles) {
  if (tiles == 1) return {panel + kStreamAhead, static_cast<std::ptrdiff_t>(line)};
  const auto step = (line + static_cast<std::size_t>(tiles) - 1) / static_cast<std::size_t>(tiles);
  const std::size_t part = bytes / line * step;
  return {panel + bytes + static_cast<std::size_t>(tile) * part, static_cast<std::ptrdiff_t>(step)};
}

}  // namespace
}  // namespace slipway::kernels
