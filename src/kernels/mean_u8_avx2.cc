// mean_u8 in 256-bit vectors.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/mean_u8_tile.h"

namespace slipway::kernels {

void mean_u8_avx2(const MeanU8& job) { run_means<Vector<32>>(job); }

}  // namespace slipway::kernels
