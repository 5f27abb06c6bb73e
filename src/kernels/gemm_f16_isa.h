#pragma once
// The variants of gemm_f16 that are compiled for one instruction set each.

#include "kernels/gemm_f16.h"

namespace slipway::kernels {

void gemm_f16_fp16_512(const GemmF16& job);
void gemm_f16_fp16(const GemmF16& job);

/// The columns of their panels.
inline constexpr int kGemmF16PanelFp16512 = 64;
inline constexpr int kGemmF16PanelFp16 = 16;

}  // namespace slipway::kernels
