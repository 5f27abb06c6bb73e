#pragma once
// How the constants of depthwise_f32 lie in memory, and which rows a window meets; what packing and
// the variants share.
//
// Channels go in groups; the last one is filled up with zeros, and half as wide where pairs of
// channels are computed together and that is enough. A group is
//
//   float bias[group]
//   float weights[kernel_y][kernel_x][group]

#include <cstddef>

#include "kernels/depthwise_f32.h"

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

[[nodiscard]] constexpr std::size_t group_floats(const DepthwiseF32Shape& shape, int group) {
  return static_cast<std::size_t>(1 + shape.kernel_y * shape.kernel_x) *
         static_cast<std::size_t>(group);
}

/// Where a window of `count` points, `dilation` apart and the first at `begin`, meets 0 to size -
/// 1: at the points from `first` up to `last`, not included.
struct Met {
  int first;
  int last;
};

[[nodiscard]] constexpr Met met(int begin, int count, int dilation, int size) {
  Met points{0, count};
  while (points.first < count && begin + points.first * dilation < 0) ++points.first;
  while (points.last > points.first && begin + (points.last - 1) * dilation >= size) --points.last;
  return points;
}

}  // namespace
}  // namespace slipway::kernels
