#pragma once
// How the constants of gemm_f32 lie in memory; what pack_gemm_f32 and the variants share.
//
// Channels go in panels of `panel` columns; a last one of at most half as many is half as wide; the
// rest is filled up with zeros. A panel is
//
//   float bias[panel]
//   float weights[segments * segment_floats][panel]

#include <cstddef>

#include "kernels/gemm_f32.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// The width of the panel that begins with `left` columns to go.
[[nodiscard]] constexpr int panel_width(int left, int panel) {
  return left <= panel / 2 ? panel / 2 : panel;
}

/// Rows of weights.
[[nodiscard]] constexpr std::size_t depth_of(const GemmF32Shape& shape) {
  return static_cast<std::size_t>(shape.segments) * static_cast<std::size_t>(shape.segment_floats);
}

[[nodiscard]] constexpr std::size_t panel_bytes(const GemmF32Shape& shape, int width) {
  return (1 + depth_of(shape)) * static_cast<std::size_t>(width) * sizeof(float);
}

}  // namespace
}  // namespace slipway::kernels
