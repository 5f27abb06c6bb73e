// gemm_f16 in 512-bit vectors: 14 rows x 64 channels in 28 of the 32 registers.

#include "kernels/gemm_f16_isa.h"
#include "kernels/gemm_f16_tiles.h"
#include "kernels/halves.h"

namespace slipway::kernels {

static_assert(kGemmF16PanelFp16512 == 2 * Halves::kLanes);

void gemm_f16_fp16_512(const GemmF16& job) { run_halves<Halves>(job); }

}  // namespace slipway::kernels
