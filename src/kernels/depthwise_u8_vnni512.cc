// depthwise_u8 in vectors of 512 bits, and for the last channels of 256 and 128.

#include "kernels/vector512.h"
// behind the vectors
#include "kernels/depthwise_u8_tile.h"

namespace slipway::kernels {

void depthwise_u8_vnni512(const DepthwiseU8& job) { run_groups<64, Has::columns_and_strips>(job); }

}  // namespace slipway::kernels
