#pragma once
// The variants of planar_f32 that are compiled for one instruction set each.

#include "kernels/planar_f32.h"

namespace slipway::kernels {

void planar_f32_avx2(const PlanarF32& job);
void planar_f32_avx512(const PlanarF32& job);

}  // namespace slipway::kernels
