// mean_u8 in 128-bit vectors.

#include "kernels/vector128.h"
// behind the vectors
#include "kernels/mean_u8_tile.h"

namespace slipway::kernels {

void mean_u8_neon(const MeanU8& job) { run_means<Vector<16>>(job); }

}  // namespace slipway::kernels
