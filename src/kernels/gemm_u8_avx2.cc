// gemm_u8 in 256-bit vectors with sums of two products in 16 bits: 6 rows x 16 channels in 12 of
// the 16 registers.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/gemm_u8_tile.h"

namespace slipway::kernels {

void gemm_u8_avx2(const GemmU8& job) { run_panels<Vector<32>, 6, 16>(job); }

}  // namespace slipway::kernels
