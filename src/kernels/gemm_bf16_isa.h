#pragma once
// The variants of gemm_bf16 that are compiled for one instruction set each.

#include "kernels/gemm_bf16.h"

namespace slipway::kernels {

void gemm_bf16_bf16_512(const GemmBf16& job);
void gemm_bf16_amx(const GemmBf16& job);

/// The columns of its panels.
inline constexpr int kGemmBf16Panel512 = 32;

}  // namespace slipway::kernels
