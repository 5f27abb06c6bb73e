// depthwise_f32 in 512-bit vectors, of bfloat16 in memory: 32 channels, and 16 where no more are
// left. Measured: bench/results.

#include "kernels/depthwise_f32_blocks.h"
#include "kernels/depthwise_f32_isa.h"
#include "kernels/depthwise_f32_pairs.h"

namespace slipway::kernels {
namespace {

template <class In, class Out>
void run(const DepthwiseF32& job, const In* in, Out* out) {
  const auto* constants = reinterpret_cast<const float*>(job.panels);
  for (int c = 0; c < job.shape.channels; c += Pairs512::kLanes) {
    constexpr auto kNarrow = Pairs256::kLanes;
    constants = job.shape.channels - c > kNarrow ? run_group<Pairs512>(job, constants, in, out, c)
                                                 : run_group<Pairs256>(job, constants, in, out, c);
  }
}

}  // namespace

void depthwise_f32_bf16_512(const DepthwiseF32& job) {
  if (job.rounded_in == nullptr) return run(job, job.in, job.rounded_out);
  if (job.rounded_out == nullptr) return run(job, job.rounded_in, job.out);
  run(job, job.rounded_in, job.rounded_out);
}

}  // namespace slipway::kernels
