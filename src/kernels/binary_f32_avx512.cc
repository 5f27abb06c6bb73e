// binary_f32 for this instruction set.

#include "kernels/binary_f32_body.h"

namespace slipway::kernels {

void binary_f32_avx512(const BinaryF32& job) { run_binary(job); }

}  // namespace slipway::kernels
