#pragma once
// depthwise_f32 of floats in memory, in terms of Floats (floats.h).

#include "kernels/depthwise_f32_blocks.h"

namespace slipway::kernels {
namespace {

void run(const DepthwiseF32& job) {
  const auto* constants = reinterpret_cast<const float*>(job.panels);
  for (int c = 0; c < job.shape.channels; c += Plain::kLanes)
    constants = run_group<Plain>(job, constants, job.in, job.out, c);
}

}  // namespace
}  // namespace slipway::kernels
