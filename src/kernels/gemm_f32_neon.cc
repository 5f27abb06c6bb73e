// gemm_f32 in 128-bit vectors: 12 rows x 8 channels in 24 of the 32 registers.

#include "kernels/gemm_f32_isa.h"
#include "kernels/gemm_f32_tiles.h"

namespace slipway::kernels {

void gemm_f32_neon(const GemmF32& job) { run(job); }

}  // namespace slipway::kernels
