// depthwise_f32 in 512-bit vectors: 16 channels. Measured: bench/results.

#include "kernels/depthwise_f32_isa.h"
#include "kernels/depthwise_f32_plain.h"

namespace slipway::kernels {

void depthwise_f32_avx512(const DepthwiseF32& job) { run(job); }

}  // namespace slipway::kernels
