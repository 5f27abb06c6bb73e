#pragma once
// The variants of add_u8 that are compiled for one instruction set each.

#include "kernels/add_u8.h"

namespace slipway::kernels {

/// What no instruction set makes faster: results that a table has.
void add_u8_table(const AddU8& job);

void add_u8_avx2(const AddU8& job);
void add_u8_avx512(const AddU8& job);
void add_u8_neon(const AddU8& job);

}  // namespace slipway::kernels
