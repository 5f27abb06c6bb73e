// winograd_f32 in 512-bit vectors. Measured: bench/results.

#include "kernels/gemm_f32_isa.h"
#include "kernels/winograd_f32_isa.h"
#include "kernels/winograd_f32_tiles.h"

namespace slipway::kernels {

void winograd_f32_avx512(const WinogradF32& job) {
  run(job, FloatProducts{gemm_f32_avx512}, kGemmF32PanelAvx512);
}

}  // namespace slipway::kernels
