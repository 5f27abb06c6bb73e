#pragma once
// The variants of dynamic_u8 that are compiled for one instruction set each.

#include "kernels/dynamic_u8.h"

namespace slipway::kernels {

void dynamic_u8_avx2(const DynamicU8& job);
void widen_range_avx2(const WidenRange& job);
void scale_sums_avx2(const ScaleSums& job);

void dynamic_u8_avx512(const DynamicU8& job);
void widen_range_avx512(const WidenRange& job);
void scale_sums_avx512(const ScaleSums& job);

}  // namespace slipway::kernels
