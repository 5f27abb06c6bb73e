#pragma once
// The variants of winograd_u8 that are compiled for one instruction set each.

#include "kernels/winograd_u8.h"

namespace slipway::kernels {

void winograd_u8_avx2(const WinogradU8& job);

}  // namespace slipway::kernels
