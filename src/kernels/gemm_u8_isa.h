#pragma once
// The variants of gemm_u8 that are compiled for one instruction set each.

#include "kernels/gemm_u8.h"

namespace slipway::kernels {

void gemm_u8_avx2(const GemmU8& job);
void gemm_u8_words_avx2(const GemmU8& job);
/// One segment of words that were made before, `stride` words apart.
void multiply_words_avx2(const GemmU8& job, const std::uint16_t* rows, std::ptrdiff_t stride);
void gemm_u8_avx_vnni(const GemmU8& job);
void gemm_u8_vnni512(const GemmU8& job);
void gemm_u8_neon(const GemmU8& job);
void gemm_u8_dotprod(const GemmU8& job);

}  // namespace slipway::kernels
