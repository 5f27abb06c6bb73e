// add_u8 in 256-bit vectors.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/add_u8_tile.h"

namespace slipway::kernels {

void add_u8_avx2(const AddU8& job) { run_sums<Vector<32>>(job); }

}  // namespace slipway::kernels
