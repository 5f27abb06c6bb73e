#pragma once
// The variants of dequantize_u8 that are compiled for one instruction set each.

#include "kernels/dequantize_u8.h"

namespace slipway::kernels {

void dequantize_u8_avx2(const DequantizeU8& job);
void dequantize_u8_avx512(const DequantizeU8& job);

void normalize_u8_avx2(const NormalizeU8& job);

}  // namespace slipway::kernels
