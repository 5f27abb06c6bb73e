// depthwise_f32 in 512-bit vectors: 16 channels, of bfloat16 in memory. Measured: bench/results.

#include "kernels/depthwise_f32_blocks.h"
#include "kernels/depthwise_f32_isa.h"

namespace slipway::kernels {

void depthwise_f32_bf16_512(const DepthwiseF32& job) {
  if (job.rounded_in == nullptr) return run(job, job.in, job.rounded_out);
  if (job.rounded_out == nullptr) return run(job, job.rounded_in, job.out);
  run(job, job.rounded_in, job.rounded_out);
}

}  // namespace slipway::kernels
