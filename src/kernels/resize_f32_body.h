#pragma once
// resize_f32 in the widest vectors, private to each file that includes it.

#include "kernels/floats.h"
#include "kernels/resize_f32_isa.h"

namespace slipway::kernels {
namespace {

/// One row of the output and the rows of the input that it lies between.
struct ResizedRow {
  const float* low;
  const float* high;
  float* out;
  float distance;
};

SLIPWAY_INLINE Floats::F between(Floats::F low, Floats::F high, float distance) {
  return Floats::fused(high, Floats::all(distance),
                       Floats::multiply(low, Floats::all(1 - distance)));
}

/// Some channels of a row. Columns of the input that neighbours share are computed once; `exist`
/// is all channels of a vector, or the lanes of them that there are.
template <class... Exist>
SLIPWAY_INLINE void resize_channels(const ResizeF32& job, const ResizedRow& row, int channel,
                                    Exist... exist) {
  const auto column = [&](std::int32_t x) {
    const std::int64_t at = std::int64_t{x} * job.channels + channel;
    return between(Floats::load(row.low + at, exist...), Floats::load(row.high + at, exist...),
                   row.distance);
  };
  std::int32_t left_at = -1;
  std::int32_t right_at = -1;
  Floats::F left = Floats::zero();
  Floats::F right = Floats::zero();
  float* out = row.out + channel;
  for (std::int32_t x = 0; x < job.out_width; ++x, out += job.channels) {
    const Tap& tap = job.columns[x];
    if (tap.low != left_at || tap.high != right_at) {
      left = tap.low == right_at ? right : column(tap.low);
      right = column(tap.high);
      left_at = tap.low;
      right_at = tap.high;
    }
    Floats::store(out, exist..., between(left, right, tap.distance));
  }
}

void run_resize(const ResizeF32& job) {
  const std::int64_t line = std::int64_t{job.width} * job.channels;
  const std::int64_t out_line = std::int64_t{job.out_width} * job.channels;
  for (std::int32_t r = job.first; r < job.last; ++r) {
    const Tap& tap = job.rows[r % job.out_height];
    const float* picture = job.in + std::int64_t{r / job.out_height} * job.height * line;
    const ResizedRow row{picture + tap.low * line, picture + tap.high * line,
                         job.out + r * out_line, tap.distance};
    if (job.channels < Floats::kLanes) {
      resize_channels(job, row, 0, Floats::first(job.channels));
      continue;
    }
    for (int c = 0; c < job.channels; c += Floats::kLanes) {
      // The last vector may overlap the one before it.
      const int last = job.channels - Floats::kLanes;
      resize_channels(job, row, c < last ? c : last);
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
