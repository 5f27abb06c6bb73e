#pragma once
// The variants of gemm_u8 that are compiled for one instruction set each.

#include "kernels/gemm_u8.h"

namespace slipway::kernels {

void gemm_u8_avx2(const GemmU8& job);
void gemm_u8_avx_vnni(const GemmU8& job);
void gemm_u8_vnni512(const GemmU8& job);
void gemm_u8_neon(const GemmU8& job);
void gemm_u8_dotprod(const GemmU8& job);

}  // namespace slipway::kernels
