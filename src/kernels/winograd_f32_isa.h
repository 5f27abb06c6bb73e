#pragma once
// The variants of winograd_f32 that are compiled for one instruction set each.

#include "kernels/winograd_f32.h"

namespace slipway::kernels {

void winograd_f32_avx2(const WinogradF32& job);
void winograd_f32_avx512(const WinogradF32& job);
void winograd_f32_bf16_512(const WinogradF32& job);
void winograd_f32_neon(const WinogradF32& job);

}  // namespace slipway::kernels
