#pragma once
// The variants of quantize_u8 that are compiled for one instruction set each.

#include "kernels/quantize_u8.h"

namespace slipway::kernels {

void quantize_u8_avx2(const QuantizeU8& job);
void quantize_u8_avx512(const QuantizeU8& job);
void quantize_u8_neon(const QuantizeU8& job);

}  // namespace slipway::kernels
