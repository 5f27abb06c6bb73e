#pragma once
// The variants of binary_f32 that are compiled for one instruction set each.

#include "kernels/binary_f32.h"

namespace slipway::kernels {

void binary_f32_avx2(const BinaryF32& job);
void binary_f32_avx512(const BinaryF32& job);

/// The functions of the C library.
void binary_f32_library(const BinaryF32& job);

}  // namespace slipway::kernels
