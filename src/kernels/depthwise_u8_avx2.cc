// depthwise_u8 in vectors of 256 bits, and for the last channels of 128.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/depthwise_u8_tile.h"
#include "kernels/depthwise_u8_words.h"

namespace slipway::kernels {

void depthwise_u8_avx2(const DepthwiseU8& job) {
  word_outputs(job.shape) != 0 ? run_words(job) : run_groups<32, Has::nothing>(job);
}

}  // namespace slipway::kernels
