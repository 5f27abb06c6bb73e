#pragma once
// The variants of depthwise_u8 that are compiled for one instruction set each.

#include "kernels/depthwise_u8.h"

namespace slipway::kernels {

void depthwise_u8_avx2(const DepthwiseU8& job);
void depthwise_u8_avx_vnni(const DepthwiseU8& job);
void depthwise_u8_vnni512(const DepthwiseU8& job);
void depthwise_u8_neon(const DepthwiseU8& job);
void depthwise_u8_dotprod(const DepthwiseU8& job);

}  // namespace slipway::kernels
