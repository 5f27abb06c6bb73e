// depthwise_u8 in vectors of 128 bits.

#include "kernels/vector128.h"
// behind the vectors
#include "kernels/depthwise_u8_tile.h"

namespace slipway::kernels {

void depthwise_u8_neon(const DepthwiseU8& job) { run_groups<16, Has::columns>(job); }

}  // namespace slipway::kernels
