// depthwise_u8 in vectors of 256 bits, and for the last channels of 128.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/depthwise_u8_tile.h"

namespace slipway::kernels {

void depthwise_u8_avx_vnni(const DepthwiseU8& job) { run_groups<32, Has::columns>(job); }

}  // namespace slipway::kernels
