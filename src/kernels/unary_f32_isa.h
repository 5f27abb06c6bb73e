#pragma once
// The variants of unary_f32 that are compiled for one instruction set each.

#include "kernels/unary_f32.h"

namespace slipway::kernels {

void unary_f32_avx2(const UnaryF32& job);
void unary_f32_avx512(const UnaryF32& job);

/// The functions of the C library.
void unary_f32_library(const UnaryF32& job);

}  // namespace slipway::kernels
