// add_u8 in 512-bit vectors.

#include "kernels/vector512.h"
// behind the vectors
#include "kernels/add_u8_tile.h"

namespace slipway::kernels {

void add_u8_avx512(const AddU8& job) { run_sums<Vector<64>>(job); }

}  // namespace slipway::kernels
