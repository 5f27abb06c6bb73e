#pragma once
// How constants and workspace of winograd_u8 lie in memory; what packing and the variants share.
//
// Constants are those of a product without weights: how sums of 16 channels become bytes; then a
// WinogradWeights; then the weights as they are, in panels of 16 channels [pairs of input
// channels][9][16][2], whose columns stand in the order of slot_of(): bytes, or words where some do
// not fit. They are transformed in the workspace, a panel at a time and once for all tiles of a
// block: transformed before, they would be 32 bytes for these 9, and memory has to give them anew
// for each picture.
//
// The workspace has, for each point of a transformed tile, a matrix of the transformed inputs
// [tiles, channels filled up to 16] in words; then for each the panel's weights [pairs][16][2];
// then for each its sums [tiles, 16].

#include "kernels/gemm_u8_panel.h"
#include "kernels/gemm_u8_words.h"
#include "kernels/winograd_block.h"
#include "kernels/winograd_u8.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

inline constexpr int kWinogradTile = 2;                // outputs
inline constexpr int kWinogradIn = kWinogradTile + 2;  // inputs
inline constexpr std::ptrdiff_t kWinogradPoints = kWinogradIn * kWinogradIn;
inline constexpr int kWinogradPanel = 16;

/// How sums become bytes.
[[nodiscard]] constexpr GemmU8Shape ending_of(const WinogradU8Shape& shape) {
  return {shape.n, 1, 0, GemmOutput::bytes};
}

/// What stands in front of the weights.
struct WinogradWeights {
  std::int32_t wide;  // whether they are words
  std::int32_t reserved[15];
};

[[nodiscard]] constexpr std::ptrdiff_t pairs_of(const WinogradU8Shape& shape) {
  return (shape.channels + 1) / 2;
}

[[nodiscard]] constexpr std::ptrdiff_t panels_of(const WinogradU8Shape& shape) {
  return (shape.n + kWinogradPanel - 1) / kWinogradPanel;
}

/// From one panel's weights to the next.
[[nodiscard]] constexpr std::ptrdiff_t panel_bytes(const WinogradU8Shape& shape, bool wide) {
  return pairs_of(shape) * 9 * kWinogradPanel * (wide ? 4 : 2);
}

/// From one point's weights of a panel to the next, transformed: 64 bytes more than it needs, or
/// the points would share a set of the first cache.
[[nodiscard]] constexpr std::ptrdiff_t point_bytes(const WinogradU8Shape& shape) {
  return pairs_of(shape) * kWinogradPanel * 4 + 64;
}

/// What the constants of a product take that has no weights.
[[nodiscard]] constexpr std::size_t ending_bytes(const WinogradU8Shape& shape) {
  return directory_bytes(ending_of(shape), kWinogradPanel) +
         static_cast<std::size_t>(panels_of(shape)) *
             panel_bytes(ending_of(shape), kWinogradPanel, 0);
}

/// Inputs of a block stay in a second cache while all weights pass by.
[[nodiscard]] constexpr std::ptrdiff_t most_tiles(const WinogradU8Shape& shape) {
  return most_tiles_of({kWinogradPoints, filled_up(shape.channels) * 2, 0, 512 * 1024, kWordsTall});
}

[[nodiscard]] constexpr WinogradBlock block_with(const WinogradU8Shape& shape, int tiles) {
  return block_with<std::uint16_t, std::int32_t>(shape.channels, kWinogradPanel, tiles);
}

/// The blocks of so many tiles.
[[nodiscard]] constexpr WinogradBlock block_of(const WinogradU8Shape& shape, int tiles) {
  return block_with(shape, tiles_of_block(tiles, most_tiles(shape)));
}

}  // namespace
}  // namespace slipway::kernels
