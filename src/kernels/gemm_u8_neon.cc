// gemm_u8 in 128-bit vectors: 12 rows x 8 channels in 24 of the 32 registers.

#include "kernels/vector128.h"
// behind the vectors
#include "kernels/gemm_u8_tile.h"

namespace slipway::kernels {

void gemm_u8_neon(const GemmU8& job) { run_panels<Vector<16>, 12, 8>(job); }

}  // namespace slipway::kernels
