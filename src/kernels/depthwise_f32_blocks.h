#pragma once
// depthwise_f32 in terms of Floats (floats.h).
//
// A block is up to 8 outputs of one row and as many channels as a vector has; a strip is some
// blocks side by side. The window's rows come one after the other: a row of weights stays in
// registers, each column of the input is loaded once and serves all outputs that it meets. Columns
// that do not exist are loaded with a mask that has no lanes.

#include <utility>

#include "kernels/depthwise_f32_panel.h"
#include "kernels/floats.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// Vectors of floats as they lie in memory. Others (depthwise_f32_pairs.h) have them in pairs.
struct Plain : Floats {
  /// Constants, in the order of packing.
  static SLIPWAY_INLINE F packed(const float* p) { return load(p); }
};

template <class V>
constexpr int kWidest = V::kRegisters < 16 ? 4 : 8;  // outputs of a block

/// What all blocks of a group of channels share. V has vectors, In and Out are numbers that it
/// loads and stores.
template <class V, class In, class Out>
struct Group {
  using Vectors = V;
  using From = In;
  using To = Out;

  const DepthwiseF32& job;
  const float* constants;
  const In* in;  // at its first channel
  Out* out;
  std::ptrdiff_t in_stride;  // numbers between two pixels
  std::ptrdiff_t out_stride;
  int exist;  // channels from the first on
};

/// Clamps and stores the outputs of a block.
template <class V>
class Finish {
 public:
  template <class G>
  SLIPWAY_INLINE explicit Finish(const G& group)
      : low_(V::all(group.job.low)),
        high_(V::all(group.job.high)),
        lanes_(V::first(group.exist)),
        below_(group.job.low > -std::numeric_limits<float>::infinity()),
        above_(group.job.high < std::numeric_limits<float>::infinity()),
        whole_(group.exist >= V::kLanes) {}

  template <int kCount, class Out>
  SLIPWAY_INLINE void operator()(typename V::F (&sums)[kCount], Out* out,
                                 std::ptrdiff_t channels) const {
    if (below_) {
      SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sums[i] = V::at_least(low_, sums[i]);
    }
    if (above_) {
      SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sums[i] = V::at_most(high_, sums[i]);
    }
    if (whole_) {
      SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i, out += channels) V::store(out, sums[i]);
    } else {
      SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i, out += channels)
          V::store(out, lanes_, sums[i]);
    }
  }

 private:
  typename V::F low_;
  typename V::F high_;
  typename V::Lanes lanes_;
  bool below_;
  bool above_;
  bool whole_;
};

/// The columns of one block that may not exist: kSide at each end.
template <class V, int kSide>
struct Ends {
  std::ptrdiff_t left[kSide];  // from the block's first column, in numbers
  std::ptrdiff_t right[kSide];
  typename V::Lanes left_lanes[kSide];
  typename V::Lanes right_lanes[kSide];

  SLIPWAY_INLINE Ends(int x, int columns, int width, std::ptrdiff_t channels) {
    const auto end = [&](int column, std::ptrdiff_t& at, typename V::Lanes& lanes)
        __attribute__((always_inline)) {
      const bool exists = column >= 0 && column < width;
      at = (exists ? column - x : kSide) * channels;  // any that exists will do
      lanes = V::first(exists ? V::kLanes : 0);
    };
    SLIPWAY_UNROLL for (int k = 0; k < kSide; ++k) {
      end(x + k, left[k], left_lanes[k]);
      end(x + columns - kSide + k, right[k], right_lanes[k]);
    }
  }
};

/// One row of the window for all outputs of a block.
template <class V, int kKernel, int kStride, int kCount, class In>
SLIPWAY_INLINE void add_row(const In* in, const typename V::F (&w)[kKernel],
                            std::ptrdiff_t channels, const Ends<V, kKernel / 2>& ends,
                            typename V::F (&sums)[kCount]) {
  constexpr int kSide = kKernel / 2;
  constexpr int kColumns = (kCount - 1) * kStride + kKernel;
  const In* at = in;
  SLIPWAY_UNROLL for (int q = 0; q < kColumns; ++q) {
    typename V::F v;
    if (q < kSide) {
      v = V::load(in + ends.left[q], ends.left_lanes[q]);
    } else if (q >= kColumns - kSide) {
      const int k = q - (kColumns - kSide);
      v = V::load(in + ends.right[k], ends.right_lanes[k]);
    } else {
      v = V::load(at + q % 3 * channels);
    }
    if (q % 3 == 2) {
      at += 3 * channels;
      asm("" : "+r"(at));  // else each column's address is computed ahead, and spilled
    }
    SLIPWAY_UNROLL for (int t = 0; t < kKernel; ++t) {
      const int i = (q - t) / kStride;
      if (q >= t && (q - t) % kStride == 0 && i < kCount) sums[i] = V::fused(v, w[t], sums[i]);
    }
  }
}

template <class V, int kKernel>
SLIPWAY_INLINE void load_row(const float* weights, typename V::F (&w)[kKernel]) {
  SLIPWAY_UNROLL for (int t = 0; t < kKernel; ++t) w[t] = V::packed(weights + t * V::kLanes);
}

/// A window that is kKernel wide, without dilation in that direction. Where it meets all of kRows
/// rows, known here, their weights stay in registers, if there are as many. 0: any rows.
template <class G, int kKernel, int kRows, int kStride, int kCount>
void strip_of(const G& group, const typename G::From* in, const float* weights, typename G::To* out,
              int x, int rows, int count) {
  using V = typename G::Vectors;
  using F = typename V::F;
  constexpr bool kHeld = kRows > 0 && kRows * kKernel + kCount < V::kRegisters - 3;
  const std::ptrdiff_t stride = group.in_stride;
  const std::ptrdiff_t row = stride * group.job.width * group.job.shape.dilation_y;
  const std::ptrdiff_t down = stride * group.job.width * group.job.shape.stride_y;
  const std::ptrdiff_t out_down = group.out_stride * group.job.out_width;
  const Finish<V> finish(group);
  const F bias = V::packed(group.constants);
  F held[kRows > 0 ? kRows : 1][kKernel];
  if constexpr (kHeld) {
    SLIPWAY_UNROLL for (int r = 0; r < kRows; ++r)
        load_row<V, kKernel>(weights + r * kKernel * V::kLanes, held[r]);
  }
  in += x * stride;
  const Ends<V, kKernel / 2> ends(x, (kCount - 1) * kStride + kKernel, group.job.width, stride);
  SLIPWAY_LOOP for (int b = 0; b < count; ++b, in += down, out += out_down) {
    F sums[kCount];
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sums[i] = bias;
    if constexpr (kRows > 0) {
      SLIPWAY_UNROLL for (int r = 0; r < kRows; ++r) {
        if constexpr (!kHeld) load_row<V, kKernel>(weights + r * kKernel * V::kLanes, held[r]);
        add_row<V, kKernel, kStride, kCount>(in + r * row, held[r], stride, ends, sums);
      }
    } else {
      const float* w = weights;
      const auto* at = in;
      SLIPWAY_LOOP for (int r = 0; r < rows; ++r, at += row) {
        load_row<V, kKernel>(w, held[0]);
        add_row<V, kKernel, kStride, kCount>(at, held[0], stride, ends, sums);
        w += kKernel * V::kLanes;
      }
    }
    finish(sums, out, group.out_stride);
  }
}

/// Any window. At an edge each column is asked whether it exists.
template <class G, int kCount, bool kEdge>
void any_strip(const G& group, const typename G::From* in, const float* weights,
               typename G::To* out, int x, int rows, int count) {
  using V = typename G::Vectors;
  using F = typename V::F;
  const auto& shape = group.job.shape;
  const std::ptrdiff_t row = group.in_stride * group.job.width * shape.dilation_y;
  const Finish<V> finish(group);
  const F bias = V::packed(group.constants);
  const std::ptrdiff_t down = group.in_stride * group.job.width * shape.stride_y;
  const std::ptrdiff_t out_down = group.out_stride * group.job.out_width;
  const auto width = static_cast<unsigned>(group.job.width);
  SLIPWAY_LOOP for (int b = 0; b < count; ++b, in += down, out += out_down) {
    F sums[kCount];
    SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) sums[i] = bias;
    const float* constant = weights;
    const auto* at = in;
    SLIPWAY_LOOP for (int r = 0; r < rows; ++r, at += row) {
      SLIPWAY_LOOP for (int t = 0; t < shape.kernel_x; ++t, constant += V::kLanes) {
        const F w = V::packed(constant);
        SLIPWAY_UNROLL for (int i = 0; i < kCount; ++i) {
          const int column = x + t * shape.dilation_x + i * shape.stride_x;
          if (!kEdge || static_cast<unsigned>(column) < width)
            sums[i] = V::fused(V::load(at + column * group.in_stride), w, sums[i]);
        }
      }
    }
    finish(sums, out, group.out_stride);
  }
}

/// in       the group's first channel of the first row that the windows meet
/// weights  of that row
/// x        of the input: where the first window begins, maybe outside
/// rows     that the windows meet
/// count    of blocks
///
/// Arguments and no struct: a copy of one that was just written waits for all stores before it.
template <class G>
using StripOf = void (*)(const G&, const typename G::From* in, const float* weights,
                         typename G::To* out, int x, int rows, int count);

/// Strips with blocks of 1 to kWidest outputs, by their count less 1.
template <class G, class Counts>
struct Strips;

template <class G, int... kCounts>
struct Strips<G, std::integer_sequence<int, kCounts...>> {
  template <int kKernel, int kRows, int kStride>
  static constexpr StripOf<G> kOf[] = {strip_of<G, kKernel, kRows, kStride, kCounts + 1>...};
  template <bool kEdge>
  static constexpr StripOf<G> kAny[] = {any_strip<G, kCounts + 1, kEdge>...};
};

template <class G>
using AllStrips = Strips<G, std::make_integer_sequence<int, kWidest<typename G::Vectors>>>;

/// The strip of kKernel, kStride and `count` outputs whose first window begins at column x.
template <class G, int kKernel, int kRows, int kStride>
StripOf<G> strip_at(const DepthwiseF32& job, int x, int count) {
  const int columns =
      (count - 1) * job.shape.stride_x + (job.shape.kernel_x - 1) * job.shape.dilation_x + 1;
  const int behind = x + columns - job.width;
  if constexpr (kKernel > 0) {
    constexpr int kSide = kKernel / 2;
    if (-x <= kSide && behind <= kSide && columns > 3 * kSide)
      return AllStrips<G>::template kOf<kKernel, kRows, kStride>[count - 1];
  }
  return x >= 0 && behind <= 0 ? AllStrips<G>::template kAny<false>[count - 1]
                               : AllStrips<G>::template kAny<true>[count - 1];
}

/// All rows of `count` outputs from column `column` on.
template <int kKernel, int kRows, int kStride, class G>
void column(const G& group, int column, int count) {
  const auto& job = group.job;
  const auto& shape = job.shape;
  const int x = column * shape.stride_x - job.pad_left;
  const auto whole = strip_at<G, kKernel, kRows, kStride>(job, x, count);
  const auto part = strip_at<G, kKernel, 0, kStride>(job, x, count);
  const auto met_by = [&](int row) {
    return met(row * shape.stride_y - job.pad_top, shape.kernel_y, shape.dilation_y, job.height);
  };
  for (int row = job.first_row; row < job.last_row;) {
    const auto ys = met_by(row);
    int next = row + 1;
    if (ys.first == 0) {  // at the top others meet other rows
      for (; next < job.last_row; ++next) {
        const auto same = met_by(next);
        if (same.first != ys.first || same.last != ys.last) break;
      }
    }
    const int rows = ys.last - ys.first;
    const std::ptrdiff_t top =
        rows > 0 ? row * shape.stride_y - job.pad_top + ys.first * shape.dilation_y : 0;
    (rows == kRows ? whole : part)(
        group, group.in + top * job.width * group.in_stride,
        group.constants + (1 + ys.first * shape.kernel_x) * G::Vectors::kLanes,
        group.out + (static_cast<std::ptrdiff_t>(row) * job.out_width + column) * group.out_stride,
        x, rows, next - row);
    row = next;
  }
}

/// All outputs of a group of channels, rows split evenly into blocks.
template <int kKernel, int kRows, int kStride, class G>
void outputs_of(const G& group) {
  const int blocks = (group.job.out_width - 1) / kWidest<typename G::Vectors> + 1;
  const int count = group.job.out_width / blocks;
  const int longer = group.job.out_width % blocks;  // blocks that have one output more
  int at = 0;
  for (int b = 0; b < blocks; ++b) {
    const int here = count + (b < longer ? 1 : 0);
    column<kKernel, kRows, kStride>(group, at, here);
    at += here;
  }
}

template <class G>
using OutputsOf = void (*)(const G&);

template <class G>
OutputsOf<G> outputs_of(const DepthwiseF32Shape& shape) {
  if (shape.dilation_x != 1) return outputs_of<0, 0, 0>;
  if (shape.kernel_x == 3 && shape.stride_x == 1) return outputs_of<3, 3, 1>;
  if (shape.kernel_x == 3 && shape.stride_x == 2) return outputs_of<3, 3, 2>;
  if (shape.kernel_x == 5 && shape.stride_x == 1) return outputs_of<5, 0, 1>;
  if (shape.kernel_x == 5 && shape.stride_x == 2) return outputs_of<5, 0, 2>;
  return outputs_of<0, 0, 0>;
}

/// One group of channels from `c` on; the constants of the next one.
template <class V, class In, class Out>
const float* run_group(const DepthwiseF32& job, const float* constants, const In* in, Out* out,
                       int c) {
  using G = Group<V, In, Out>;
  outputs_of<G>(job.shape)(
      {job, constants, in + c, out + c, job.in_stride, job.out_stride, job.shape.channels - c});
  return constants + group_floats(job.shape, V::kLanes);
}

}  // namespace
}  // namespace slipway::kernels
