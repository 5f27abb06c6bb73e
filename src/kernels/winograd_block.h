#pragma once
// How many of Winograd's tiles are done before the next ones, and how their matrices lie: for each
// point of a transformed tile one of the inputs [tiles, channels], then one of the products [tiles,
// n], rows filled up to 16 elements.

#include <cstddef>

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

[[nodiscard]] constexpr std::ptrdiff_t filled_up(std::ptrdiff_t elements) {
  return (elements + 15) / 16 * 16;
}

/// What decides how many tiles go together; sizes in bytes.
struct WinogradSizes {
  std::ptrdiff_t points;   // of a transformed tile
  std::ptrdiff_t tile;     // one tile's inputs and products at one point
  std::ptrdiff_t weights;  // of all points
  std::ptrdiff_t cache;    // a part of the second one
  std::ptrdiff_t tallest;  // rows of a product's tile
};

/// The most tiles that are done before the next ones. All weights are read for each such block:
/// where those do not stay in the second cache, what a block writes and reads again may leave it as
/// well, as long as it is less than they are.
[[nodiscard]] constexpr std::ptrdiff_t most_tiles_of(const WinogradSizes& sizes) {
  const std::ptrdiff_t share = sizes.weights / 2 < sizes.cache ? sizes.cache : sizes.weights / 2;
  const std::ptrdiff_t fit = share / (sizes.points * sizes.tile);
  return fit < sizes.tallest ? sizes.tallest : fit / sizes.tallest * sizes.tallest;
}

/// A block of tiles, and how its matrices lie, in elements.
struct WinogradBlock {
  int tiles;
  std::ptrdiff_t in_row;    // one tile's channels
  std::ptrdiff_t in_point;  // from one point's matrix to the next
  std::ptrdiff_t out_row;
  std::ptrdiff_t out_point;
};

/// Operands of In, sums of Out: 64 bytes more than it needs from point to point, or the points of a
/// tile would share a set of the first cache.
template <class In, class Out>
[[nodiscard]] constexpr WinogradBlock block_with(int channels, int n, int tiles) {
  constexpr std::ptrdiff_t kGap = 64;
  const std::ptrdiff_t in_row = filled_up(channels);
  const std::ptrdiff_t out_row = filled_up(n);
  return {tiles, in_row, tiles * in_row + kGap / std::ptrdiff_t{sizeof(In)}, out_row,
          tiles * out_row + kGap / std::ptrdiff_t{sizeof(Out)}};
}

/// How many tiles the blocks of so many have: as few blocks as may be, of the same size.
[[nodiscard]] constexpr int tiles_of_block(int tiles, std::ptrdiff_t most) {
  const int blocks = static_cast<int>((tiles + most - 1) / most);
  return blocks < 2 ? tiles : (tiles + blocks - 1) / blocks;
}

}  // namespace
}  // namespace slipway::kernels
