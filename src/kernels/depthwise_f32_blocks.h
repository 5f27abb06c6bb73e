#pragma once
// depthwise_f32 in terms of Floats (floats.h).
//
// A block is up to 8 outputs of one row and as many channels as a vector has. The window's rows
// come one after the other: a row of weights stays in registers, each column of the input is loaded
// once and serves all outputs that it meets. Blocks at the edges ask of each column whether it
// exists.

#include <utility>

#include "kernels/depthwise_f32_panel.h"
#include "kernels/floats.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

constexpr int kWidest = 8;  // outputs of a block

/// What all blocks of a group of channels share.
struct Group {
  const DepthwiseF32& job;
  const float* constants;
  std::ptrdiff_t channels;
  Floats::Lanes lanes;
  bool whole;
};

/// Where a block stands, and the rows that its windows meet.
struct Block {
  const float* in;  // the group's first channel of the first of these rows
  const float* weights;
  float* out;
  int rows;
  int x;  // of the input: where the first window begins, maybe outside
};

template <int kCount>
SLIPWAY_INLINE void finish(const Group& group, float* out, Floats::F (&sums)[kCount]) {
  const auto& job = group.job;
  if (job.low > -std::numeric_limits<float>::infinity()) {
    const Floats::F low = Floats::all(job.low);
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sums[i] = Floats::at_least(low, sums[i]);
  }
  if (job.high < std::numeric_limits<float>::infinity()) {
    const Floats::F high = Floats::all(job.high);
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sums[i] = Floats::at_most(high, sums[i]);
  }
  if (group.whole) {
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i, out += group.channels)
        Floats::store(out, sums[i]);
  } else {
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i, out += group.channels)
        Floats::store(out, group.lanes, sums[i]);
  }
}

/// A window that is kKernel wide, without dilation in that direction.
template <int kKernel, int kStride, int kCount, bool kEdge>
void block_of(const Group& group, const Block& block) {
  using F = Floats::F;
  constexpr int kLanes = Floats::kLanes;
  F sums[kCount];
  sums[0] = Floats::load(group.constants);
  SLIPWAY_UNROLL for (int i = 1; i < kCount; ++i) sums[i] = sums[0];
  const std::ptrdiff_t channels = group.channels;
  const std::ptrdiff_t row = channels * group.job.width * group.job.shape.dilation_y;
  const float* weights = block.weights;
  const float* in = block.in;
  const auto width = static_cast<unsigned>(group.job.width);
  SLIPWAY_LOOP for (int r = 0; r < block.rows; ++r, in += row, weights += kKernel * kLanes) {
    F w[kKernel];
    SLIPWAY_UNROLL for (int t = 0; t < kKernel; ++t) w[t] = Floats::load(weights + t * kLanes);
    const float* at = kEdge ? in : in + block.x * channels;
    SLIPWAY_UNROLL for (int q = 0; q < (kCount - 1) * kStride + kKernel; ++q) {
      F v;
      if constexpr (kEdge) {
        if (static_cast<unsigned>(block.x + q) >= width) continue;
        v = Floats::load(at + (block.x + q) * channels);
      } else {
        v = Floats::load(at + q % 3 * channels);
        if (q % 3 == 2) {
          at += 3 * channels;
          asm("" : "+r"(at));  // else each column's address is computed ahead, and spilled
        }
      }
      SLIPWAY_UNROLL for (int t = 0; t < kKernel; ++t) {
        const int i = (q - t) / kStride;
        if (q >= t && (q - t) % kStride == 0 && i < kCount)
          sums[i] = Floats::fused(v, w[t], sums[i]);
      }
    }
  }
  finish(group, block.out, sums);
}

/// Any window.
template <int kCount, bool kEdge>
void any_block(const Group& group, const Block& block) {
  using F = Floats::F;
  const auto& job = group.job;
  F sums[kCount];
  sums[0] = Floats::load(group.constants);
  SLIPWAY_UNROLL for (int i = 1; i < kCount; ++i) sums[i] = sums[0];
  const std::ptrdiff_t row = group.channels * job.width * job.shape.dilation_y;
  const std::ptrdiff_t step = group.channels * job.shape.stride_x;
  const float* weights = block.weights;
  const float* in = block.in;
  const auto width = static_cast<unsigned>(job.width);
  SLIPWAY_LOOP for (int r = 0; r < block.rows; ++r, in += row) {
    int x = block.x;
    SLIPWAY_LOOP for (int t = 0; t < job.shape.kernel_x; ++t, x += job.shape.dilation_x) {
      const F w = Floats::load(weights);
      weights += Floats::kLanes;
      const float* at = kEdge ? in : in + x * group.channels;
      SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) {
        if constexpr (kEdge) {
          const int column = x + i * job.shape.stride_x;
          if (static_cast<unsigned>(column) >= width) continue;
          sums[i] = Floats::fused(Floats::load(in + column * group.channels), w, sums[i]);
        } else {
          sums[i] = Floats::fused(Floats::load(at), w, sums[i]);
          at += step;
        }
      }
    }
  }
  finish(group, block.out, sums);
}

using BlockOf = void (*)(const Group&, const Block&);

/// Blocks of 1 to kWidest outputs, by their count less 1. Kernel 0: any window.
template <int kKernel, int kStride, bool kEdge, class Counts>
struct Blocks;

template <int kKernel, int kStride, bool kEdge, int... kCounts>
struct Blocks<kKernel, kStride, kEdge, std::integer_sequence<int, kCounts...>> {
  static constexpr BlockOf kAll[] = {block_of<kKernel, kStride, kCounts + 1, kEdge>...};
};

template <bool kEdge, int... kCounts>
struct Blocks<0, 0, kEdge, std::integer_sequence<int, kCounts...>> {
  static constexpr BlockOf kAll[] = {any_block<kCounts + 1, kEdge>...};
};

/// One row of outputs, split evenly into blocks.
template <int kKernel, int kStride>
void row_of(const Group& group, Block block) {
  using Counts = std::make_integer_sequence<int, kWidest>;
  const auto& job = group.job;
  const auto& shape = job.shape;
  const int blocks = (job.out_width - 1) / kWidest + 1;
  const int count = job.out_width / blocks;
  const int longer = job.out_width % blocks;  // blocks that have one output more
  block.x = -job.pad_left;
  for (int b = 0; b < blocks; ++b) {
    const int here = count + (b < longer ? 1 : 0);
    const int last =
        block.x + (here - 1) * shape.stride_x + (shape.kernel_x - 1) * shape.dilation_x;
    block.x < 0 || last >= job.width
        ? Blocks<kKernel, kStride, true, Counts>::kAll[here - 1](group, block)
        : Blocks<kKernel, kStride, false, Counts>::kAll[here - 1](group, block);
    block.x += here * shape.stride_x;
    block.out += here * group.channels;
  }
}

using RowOf = void (*)(const Group&, Block);

RowOf row_of(const DepthwiseF32Shape& shape) {
  if (shape.dilation_x != 1) return row_of<0, 0>;
  if (shape.kernel_x == 3 && shape.stride_x == 1) return row_of<3, 1>;
  if (shape.kernel_x == 3 && shape.stride_x == 2) return row_of<3, 2>;
  if (shape.kernel_x == 5 && shape.stride_x == 1) return row_of<5, 1>;
  if (shape.kernel_x == 5 && shape.stride_x == 2) return row_of<5, 2>;
  return row_of<0, 0>;
}

void run(const DepthwiseF32& job) {
  const auto& shape = job.shape;
  const auto row_function = row_of(shape);
  const auto* constants = reinterpret_cast<const float*>(job.panels);
  // All rows of a group: where windows overlap, its columns are still in the first cache.
  for (int c = 0; c < shape.channels; c += Floats::kLanes) {
    const int left = shape.channels - c;
    const Group group{job, constants, shape.channels, Floats::first(left), left >= Floats::kLanes};
    for (int row = job.first_row; row < job.last_row; ++row) {
      const int top = row * shape.stride_y - job.pad_top;
      const auto ys = met(top, shape.kernel_y, shape.dilation_y, job.height);
      const std::ptrdiff_t first = ys.first < ys.last ? top + ys.first * shape.dilation_y : 0;
      const std::ptrdiff_t weights = 1 + static_cast<std::ptrdiff_t>(ys.first) * shape.kernel_x;
      row_function(
          group,
          {job.in + first * job.width * shape.channels + c, constants + weights * Floats::kLanes,
           job.out + static_cast<std::ptrdiff_t>(row) * job.out_width * shape.channels + c,
           ys.last - ys.first, 0});
    }
    constants += group_floats(shape, Floats::kLanes);
  }
}

}  // namespace
}  // namespace slipway::kernels
