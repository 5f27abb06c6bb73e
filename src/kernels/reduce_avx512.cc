// reduce for this instruction set.

#include "kernels/reduce_body.h"

namespace slipway::kernels {

void reduce_avx512(const Reduce& job) { run_reduce(job); }

}  // namespace slipway::kernels
