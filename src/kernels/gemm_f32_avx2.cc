// gemm_f32 in 256-bit vectors: 6 rows x 16 channels in 12 of the 16 registers.
// Measured: bench/results.

#include "kernels/gemm_f32_isa.h"
#include "kernels/gemm_f32_tiles.h"

namespace slipway::kernels {

void gemm_f32_avx2(const GemmF32& job) { run(job); }

}  // namespace slipway::kernels
