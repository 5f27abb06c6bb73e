#pragma once
// The variants of reduce that are compiled for one instruction set each.

#include "kernels/reduce.h"

namespace slipway::kernels {

void reduce_avx2(const Reduce& job);
void reduce_avx512(const Reduce& job);

}  // namespace slipway::kernels
