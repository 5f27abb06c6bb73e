// mean_u8 in 512-bit vectors.

#include "kernels/vector512.h"
// behind the vectors
#include "kernels/mean_u8_tile.h"

namespace slipway::kernels {

void mean_u8_avx512(const MeanU8& job) { run_means<Vector<64>>(job); }

}  // namespace slipway::kernels
