#pragma once
// The variants of softmax_f32 that are compiled for one instruction set each.

#include "kernels/softmax_f32.h"

namespace slipway::kernels {

void softmax_f32_avx2(const SoftmaxF32& job);
void softmax_f32_avx512(const SoftmaxF32& job);

}  // namespace slipway::kernels
