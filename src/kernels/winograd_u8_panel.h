#pragma once
// How constants and workspace of winograd_u8 lie in memory; what packing and the variants share.
//
// Constants are those of a product without weights: how sums of 16 channels become bytes; then for
// each point of a transformed tile those of its product of words, [channels, n filled up to 16] to
// sums, whose columns stand in the order of slot_of() already. Each begins at a multiple of 64
// bytes. The workspace has, for each point, a matrix of the transformed inputs [tiles, channels] in
// words, then for each point one of the sums [tiles, n]; rows are filled up to 16.

#include "kernels/gemm_u8_panel.h"
#include "kernels/gemm_u8_words.h"
#include "kernels/winograd_u8.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

inline constexpr int kWinogradTile = 2;                // outputs
inline constexpr int kWinogradIn = kWinogradTile + 2;  // inputs
inline constexpr std::ptrdiff_t kWinogradPoints = kWinogradIn * kWinogradIn;
inline constexpr int kWinogradPanel = 16;

[[nodiscard]] constexpr std::ptrdiff_t filled_to_16(std::ptrdiff_t count) {
  return (count + 15) / 16 * 16;
}

/// How sums become bytes.
[[nodiscard]] constexpr GemmU8Shape ending_of(const WinogradU8Shape& shape) {
  return {shape.n, 1, 0, GemmOutput::bytes};
}

/// The product of one point.
[[nodiscard]] constexpr GemmU8Shape point_of(const WinogradU8Shape& shape) {
  return {static_cast<int>(filled_to_16(shape.n)), 1, shape.channels, GemmOutput::sums};
}

/// What the constants of a product take that need no extra steps.
[[nodiscard]] constexpr std::size_t product_bytes(const GemmU8Shape& shape) {
  const auto panels = static_cast<std::size_t>((shape.n + kWinogradPanel - 1) / kWinogradPanel);
  return directory_bytes(shape, kWinogradPanel) + panels * panel_bytes(shape, kWinogradPanel, 0);
}

/// The most tiles that are done before the next ones. All weights are read for each such block:
/// where those do not stay in the second cache, what a block writes and reads again may leave it as
/// well, as long as it is less than they are.
[[nodiscard]] constexpr std::ptrdiff_t most_tiles(const WinogradU8Shape& shape) {
  constexpr std::ptrdiff_t kCache = 384 * 1024;  // a part of the second one
  const std::ptrdiff_t in_row = filled_to_16(shape.channels) * 2;
  const std::ptrdiff_t out_row = filled_to_16(shape.n) * 4;
  const std::ptrdiff_t weights = kWinogradPoints * in_row * filled_to_16(shape.n);
  const std::ptrdiff_t share = weights / 2 < kCache ? kCache : weights / 2;
  const std::ptrdiff_t fit = share / (kWinogradPoints * (in_row + out_row));
  return fit < kWordsTall ? kWordsTall : fit / kWordsTall * kWordsTall;
}

/// A block of tiles, and how its matrices lie.
struct WinogradU8Block {
  int tiles;
  std::ptrdiff_t in_row;    // words of one tile's channels
  std::ptrdiff_t in_point;  // from one point's matrix to the next
  std::ptrdiff_t out_row;   // sums
  std::ptrdiff_t out_point;
};

/// 64 bytes more than it needs from point to point, or the points of a tile would share a set of
/// the first cache.
[[nodiscard]] constexpr WinogradU8Block block_with(const WinogradU8Shape& shape, int tiles) {
  const std::ptrdiff_t in_row = filled_to_16(shape.channels);
  const std::ptrdiff_t out_row = filled_to_16(shape.n);
  return {tiles, in_row, tiles * in_row + 32, out_row, tiles * out_row + 16};
}

/// The blocks of so many tiles: as few as may be, of the same size.
[[nodiscard]] constexpr WinogradU8Block block_of(const WinogradU8Shape& shape, int tiles) {
  const std::ptrdiff_t most = most_tiles(shape);
  const int blocks = static_cast<int>((tiles + most - 1) / most);
  return block_with(shape, blocks < 2 ? tiles : (tiles + blocks - 1) / blocks);
}

}  // namespace
}  // namespace slipway::kernels
