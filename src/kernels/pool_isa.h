#pragma once
// The variants of pool that are compiled for one instruction set each.

#include "kernels/pool.h"

namespace slipway::kernels {

void pool_avx2(const Pool& job);
void pool_avx512(const Pool& job);

/// x^p, of the C library.
float pool_power(float x, float p);

}  // namespace slipway::kernels
