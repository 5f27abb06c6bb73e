#pragma once
// The variants of depthwise_f32 that are compiled for one instruction set each.

#include "kernels/depthwise_f32.h"

namespace slipway::kernels {

void depthwise_f32_avx2(const DepthwiseF32& job);
void depthwise_f32_avx512(const DepthwiseF32& job);
void depthwise_f32_bf16_512(const DepthwiseF32& job);
void depthwise_f32_neon(const DepthwiseF32& job);

}  // namespace slipway::kernels
