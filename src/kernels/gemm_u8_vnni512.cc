// gemm_u8 in 512-bit vectors: 14 rows x 32 channels in 28 of the 32 registers.
// Measured: bench/results.

#include "kernels/vector512.h"
// behind the vectors
#include "kernels/gemm_u8_tile.h"

namespace slipway::kernels {

void gemm_u8_vnni512(const GemmU8& job) { run_panels<Vector<64>, 14, 32>(job); }

}  // namespace slipway::kernels
