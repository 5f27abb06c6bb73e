// planar_f32 for this instruction set.

#include "kernels/planar_f32_body.h"

namespace slipway::kernels {

void planar_f32_avx2(const PlanarF32& job) { run_planar(job); }

}  // namespace slipway::kernels
