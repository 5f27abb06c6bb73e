// softmax_f32 for this instruction set.

#include "kernels/softmax_f32_body.h"

namespace slipway::kernels {

void softmax_f32_avx2(const SoftmaxF32& job) { run_softmax(job); }

}  // namespace slipway::kernels
