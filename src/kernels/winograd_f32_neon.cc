// winograd_f32 in 128-bit vectors.

#include "kernels/gemm_f32_isa.h"
#include "kernels/winograd_f32_isa.h"
#include "kernels/winograd_f32_tiles.h"

namespace slipway::kernels {

void winograd_f32_neon(const WinogradF32& job) {
  run(job, FloatProducts{gemm_f32_neon}, kGemmF32PanelNeon);
}

}  // namespace slipway::kernels
