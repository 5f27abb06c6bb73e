#pragma once
// The variants of mean_u8 that are compiled for one instruction set each.

#include "kernels/mean_u8.h"

namespace slipway::kernels {

void mean_u8_avx2(const MeanU8& job);
void mean_u8_avx512(const MeanU8& job);
void mean_u8_neon(const MeanU8& job);

}  // namespace slipway::kernels
