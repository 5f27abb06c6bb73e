// gemm_f16 in 128-bit vectors: 8 rows x 16 channels in 16 of the 32 registers, and 8 numbers of
// each row in as many more: broadcasts from memory take turns with multiplications there, lanes do
// not.

#include "kernels/gemm_f16_isa.h"
#include "kernels/gemm_f16_tiles.h"
#include "kernels/halves.h"

namespace slipway::kernels {

static_assert(kGemmF16PanelFp16 == 2 * Halves::kLanes);

void gemm_f16_fp16(const GemmF16& job) { run_halves<Halves>(job); }

}  // namespace slipway::kernels
