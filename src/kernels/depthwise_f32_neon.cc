// depthwise_f32 in 128-bit vectors: 4 channels.

#include "kernels/depthwise_f32_isa.h"
#include "kernels/depthwise_f32_plain.h"

namespace slipway::kernels {

void depthwise_f32_neon(const DepthwiseF32& job) { run(job); }

}  // namespace slipway::kernels
