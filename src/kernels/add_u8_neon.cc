// add_u8 in 128-bit vectors.

#include "kernels/vector128.h"
// behind the vectors
#include "kernels/add_u8_tile.h"

namespace slipway::kernels {

void add_u8_neon(const AddU8& job) { run_sums<Vector<16>>(job); }

}  // namespace slipway::kernels
