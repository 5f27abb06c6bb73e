#pragma once
// The variants of move that are compiled for one instruction set each.

#include "kernels/move.h"

namespace slipway::kernels {

void move_avx2(const Move& job);
void move_avx512(const Move& job);

}  // namespace slipway::kernels
