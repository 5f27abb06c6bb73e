// pool for this instruction set.

#include "kernels/pool_body.h"

namespace slipway::kernels {

void pool_avx512(const Pool& job) { run_pool(job); }

}  // namespace slipway::kernels
