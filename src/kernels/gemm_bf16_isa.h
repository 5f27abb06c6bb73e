#pragma once
// The variants of gemm_bf16 that are compiled for one instruction set each.

#include <cstdint>

#include "kernels/gemm_bf16.h"

namespace slipway::kernels {

void gemm_bf16_bf16_512(const GemmBf16& job);

/// The product of rows that are rounded already, `stride` numbers apart, in one segment; what the
/// job says of its own rows does not count.
void multiply_rounded_bf16_512(const GemmF32& job, const std::uint16_t* rows,
                               std::ptrdiff_t stride);

/// The columns of its panels.
inline constexpr int kGemmBf16PanelBf16512 = 32;

}  // namespace slipway::kernels
