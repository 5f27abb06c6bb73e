// move for this instruction set.

#include "kernels/move_body.h"

namespace slipway::kernels {

void move_avx512(const Move& job) { run_move(job); }

}  // namespace slipway::kernels
