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

/// The product of one point.
[[nodiscard]] constexpr GemmU8Shape point_of(const WinogradU8Shape& shape) {
  return {static_cast<int>(filled_up(shape.n)), 1, shape.channels, GemmOutput::sums};
}

/// What the constants of a product take that need no extra steps.
[[nodiscard]] constexpr std::size_t product_bytes(const GemmU8Shape& shape) {
  const auto panels = static_cast<std::size_t>((shape.n + kWinogradPanel - 1) / kWinogradPanel);
  return directory_bytes(shape, kWinogradPanel) + panels * panel_bytes(shape, kWinogradPanel, 0);
}

[[nodiscard]] constexpr std::ptrdiff_t most_tiles(const WinogradU8Shape& shape) {
  const std::ptrdiff_t in_row = filled_up(shape.channels) * 2;
  const std::ptrdiff_t out_row = filled_up(shape.n) * 4;
  const std::ptrdiff_t weights = kWinogradPoints * in_row * filled_up(shape.n);
  return most_tiles_of({kWinogradPoints, in_row + out_row, weights, 384 * 1024, kWordsTall});
}

[[nodiscard]] constexpr WinogradBlock block_with(const WinogradU8Shape& shape, int tiles) {
  return block_with<std::uint16_t, std::int32_t>(shape.channels, shape.n, tiles);
}

/// The blocks of so many tiles.
[[nodiscard]] constexpr WinogradBlock block_of(const WinogradU8Shape& shape, int tiles) {
  return block_with(shape, tiles_of_block(tiles, most_tiles(shape)));
}

}  // namespace
}  // namespace slipway::kernels
