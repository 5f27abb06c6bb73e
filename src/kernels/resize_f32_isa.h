#pragma once
// The variants of resize_f32 that are compiled for one instruction set each.

#include "kernels/resize_f32.h"

namespace slipway::kernels {

void resize_f32_avx2(const ResizeF32& job);
void resize_f32_avx512(const ResizeF32& job);

}  // namespace slipway::kernels
