#pragma once
// How constants and workspace of winograd_f32 lie in memory; what packing and the variants share.
//
// Constants are the bias, filled up to 16 channels, and for each point of a transformed tile what
// pack_gemm_f32, or pack_gemm_bf16, writes for its weights [channels, n] without bias, each
// beginning at a multiple of 64 bytes. The workspace has, for each point, a matrix of the
// transformed inputs [tiles, channels], then for each point one of the products [tiles, n]; rows
// are filled up to 16 floats.

#include <cstddef>

#include "kernels/gemm_bf16_panel.h"
#include "kernels/gemm_f32_panel.h"
#include "kernels/winograd_f32.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Points of a transformed tile.
[[nodiscard]] constexpr int points_of(const WinogradF32Shape& shape) {
  return (shape.tile + 2) * (shape.tile + 2);
}

[[nodiscard]] constexpr std::ptrdiff_t filled_up(std::ptrdiff_t floats) {
  return (floats + 15) / 16 * 16;
}

[[nodiscard]] constexpr std::size_t bias_bytes(const WinogradF32Shape& shape) {
  return static_cast<std::size_t>(filled_up(shape.n)) * sizeof(float);
}

/// The constants of a panel of so many columns of one point.
[[nodiscard]] constexpr std::size_t point_panel_bytes(const WinogradF32Shape& shape, int width,
                                                      bool rounded) {
  const GemmF32Shape product{shape.n, 1, shape.channels};
  return rounded ? paired_bytes(product, width) : panel_bytes(product, width);
}

/// What the weights of one point take, where products go by panels of so many columns.
[[nodiscard]] constexpr std::size_t point_bytes(const WinogradF32Shape& shape, int panel,
                                                bool rounded) {
  const int last = (shape.n - 1) / panel * panel;
  const std::size_t bytes =
      static_cast<std::size_t>(last / panel) * point_panel_bytes(shape, panel, rounded) +
      point_panel_bytes(shape, panel_width(shape.n - last, panel), rounded);
  return (bytes + 63) / 64 * 64;
}

/// The most tiles that are done before the next ones. All weights are read for each such block:
/// where those do not stay in the second cache, what a block writes and reads again may leave it as
/// well, as long as it is less than they are.
[[nodiscard]] constexpr std::ptrdiff_t most_tiles(const WinogradF32Shape& shape) {
  constexpr std::ptrdiff_t kCache = 600 * 1024 / sizeof(float);  // a part of the second one
  constexpr std::ptrdiff_t kTallest = 14;                        // rows of a product's tile
  const std::ptrdiff_t in_row = filled_up(shape.channels);
  const std::ptrdiff_t out_row = filled_up(shape.n);
  const std::ptrdiff_t weights = points_of(shape) * in_row * out_row;
  const std::ptrdiff_t share = weights / 2 < kCache ? kCache : weights / 2;
  const std::ptrdiff_t fit = share / (points_of(shape) * (in_row + out_row));
  return fit < kTallest ? kTallest : fit / kTallest * kTallest;
}

/// A block of tiles, and how its matrices lie.
struct WinogradBlock {
  int tiles;
  std::ptrdiff_t in_row;    // floats of one tile's channels
  std::ptrdiff_t in_point;  // from one point's matrix to the next
  std::ptrdiff_t out_row;
  std::ptrdiff_t out_point;
};

/// 64 bytes more than it needs from point to point, or the points of a tile would share a set of
/// the first cache.
[[nodiscard]] constexpr WinogradBlock block_with(const WinogradF32Shape& shape, int tiles) {
  const std::ptrdiff_t in_row = filled_up(shape.channels);
  const std::ptrdiff_t out_row = filled_up(shape.n);
  return {tiles, in_row, tiles * in_row + 16, out_row, tiles * out_row + 16};
}

/// The blocks of so many tiles: as few as may be, of the same size.
[[nodiscard]] constexpr WinogradBlock block_of(const WinogradF32Shape& shape, int tiles) {
  const std::ptrdiff_t most = most_tiles(shape);
  const int blocks = static_cast<int>((tiles + most - 1) / most);
  return block_with(shape, blocks < 2 ? tiles : (tiles + blocks - 1) / blocks);
}

}  // namespace
}  // namespace slipway::kernels
