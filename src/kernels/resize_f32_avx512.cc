// resize_f32 for this instruction set.

#include "kernels/resize_f32_body.h"

namespace slipway::kernels {

void resize_f32_avx512(const ResizeF32& job) { run_resize(job); }

}  // namespace slipway::kernels
