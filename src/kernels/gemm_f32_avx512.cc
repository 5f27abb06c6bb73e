// gemm_f32 in 512-bit vectors: 14 rows x 32 channels in 28 of the 32 registers.
// Measured: bench/results.

#include "kernels/gemm_f32_isa.h"
#include "kernels/gemm_f32_tiles.h"

namespace slipway::kernels {

void gemm_f32_avx512(const GemmF32& job) { run(job); }

}  // namespace slipway::kernels
