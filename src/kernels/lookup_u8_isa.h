#pragma once
// The variants of lookup_u8 that are compiled for one instruction set each.

#include "kernels/lookup_u8.h"

namespace slipway::kernels {

void lookup_u8_avx2(const LookupU8& job);
void lookup_u8_avx512(const LookupU8& job);
void lookup_u8_neon(const LookupU8& job);

}  // namespace slipway::kernels
