#pragma once
// How constants and workspace of winograd_f32 lie in memory; what packing and the variants share.
//
// Constants are the bias, filled up to 16 channels, and for each point of a transformed tile what
// pack_gemm_f32, or pack_gemm_bf16, writes for its weights [channels, n] without bias, of those
// channels that are not 0 there, each beginning at a multiple of 64 bytes. The workspace has, for
// each point, a matrix of the transformed inputs [tiles, channels], then for each point one of the
// products [tiles, the job's columns]; rows are filled up to 16 floats.

#include <cstddef>

#include "kernels/gemm_bf16_panel.h"
#include "kernels/gemm_f32_panel.h"
#include "kernels/winograd_block.h"
#include "kernels/winograd_f32.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Points of a transformed tile.
[[nodiscard]] constexpr int points_of(const WinogradF32Shape& shape) {
  return (shape.tile + 2) * (shape.tile + 2);
}

[[nodiscard]] constexpr std::size_t bias_bytes(const WinogradF32Shape& shape) {
  return static_cast<std::size_t>(filled_up(shape.n)) * sizeof(float);
}

/// The channels, the first ones, that are multiplied at a point: all, or those that are not
/// doubled.
[[nodiscard]] constexpr int channels_at(const WinogradF32Shape& shape, int point) {
  const int width = shape.tile + 2;
  return point / width == 2 || point % width == 2 ? shape.channels - shape.doubled : shape.channels;
}

/// The constants of a panel of so many columns of one point.
[[nodiscard]] constexpr std::size_t point_panel_bytes(const WinogradF32Shape& shape, int point,
                                                      int width, bool rounded) {
  const GemmF32Shape product{shape.n, 1, channels_at(shape, point)};
  return rounded ? paired_bytes(product, width) : panel_bytes(product, width);
}

/// What the weights of one point take, where products go by panels of so many columns.
[[nodiscard]] constexpr std::size_t point_bytes(const WinogradF32Shape& shape, int point, int panel,
                                                bool rounded) {
  const int last = (shape.n - 1) / panel * panel;
  const std::size_t bytes =
      static_cast<std::size_t>(last / panel) * point_panel_bytes(shape, point, panel, rounded) +
      point_panel_bytes(shape, point, panel_width(shape.n - last, panel), rounded);
  return (bytes + 63) / 64 * 64;
}

[[nodiscard]] constexpr std::ptrdiff_t most_tiles(const WinogradF32Shape& shape) {
  const std::ptrdiff_t in_row = filled_up(shape.channels) * 4;
  const std::ptrdiff_t out_row = filled_up(shape.n) * 4;
  const std::ptrdiff_t weights = points_of(shape) * filled_up(shape.channels) * out_row;
  return most_tiles_of({points_of(shape), in_row + out_row, weights, 600 * 1024, 14});
}

[[nodiscard]] constexpr WinogradBlock block_with(const WinogradF32Shape& shape, int columns,
                                                 int tiles) {
  return block_with<float, float>(shape.channels, columns, tiles);
}

/// The output channels of a job behind its first.
[[nodiscard]] constexpr int columns_of(const WinogradF32& job) {
  return job.columns == 0 ? job.shape.n - job.first : job.columns;
}

/// The blocks of so many of a job's tiles.
[[nodiscard]] constexpr WinogradBlock block_of(const WinogradF32& job, int tiles) {
  return block_with(job.shape, columns_of(job), tiles_of_block(tiles, most_tiles(job.shape)));
}

}  // namespace
}  // namespace slipway::kernels
