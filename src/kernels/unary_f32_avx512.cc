// unary_f32 for this instruction set.

#include "kernels/unary_f32_body.h"

namespace slipway::kernels {

void unary_f32_avx512(const UnaryF32& job) { run_unary(job); }

}  // namespace slipway::kernels
