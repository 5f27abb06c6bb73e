#pragma once
// The variants of gemm_f32 that are compiled for one instruction set each.

#include "kernels/gemm_f32.h"

namespace slipway::kernels {

inline constexpr int kGemmF32PanelAvx2 = 16;
inline constexpr int kGemmF32PanelAvx512 = 32;
inline constexpr int kGemmF32PanelNeon = 8;

void gemm_f32_avx2(const GemmF32& job);
void gemm_f32_avx512(const GemmF32& job);
void gemm_f32_neon(const GemmF32& job);

}  // namespace slipway::kernels
