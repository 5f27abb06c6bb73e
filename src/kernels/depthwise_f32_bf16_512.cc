// depthwise_f32 in 512-bit vectors, of bfloat16 in memory: 32 channels, and 16 where no more are
// left. Measured: bench/results.

#include "kernels/depthwise_f32_blocks.h"
#include "kernels/depthwise_f32_isa.h"
#include "kernels/depthwise_f32_pairs.h"

namespace slipway::kernels {
void depthwise_f32_bf16_512(const DepthwiseF32& job) {
  const auto* constants = reinterpret_cast<const float*>(job.panels);
  for (int c = 0; c < job.shape.channels; c += Pairs512::kLanes) {
    const bool wide = job.shape.channels - c > Pairs256::kLanes;
    constants = wide ? run_group<Pairs512>(job, constants, job.rounded_in, job.rounded_out, c)
                     : run_group<Pairs256>(job, constants, job.rounded_in, job.rounded_out, c);
  }
}

}  // namespace slipway::kernels
