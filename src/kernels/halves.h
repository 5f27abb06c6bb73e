#pragma once
// The widest vectors of half floats that a file is compiled for, as `Halves`, beside Floats.

#if defined(__AVX512FP16__)
#include "kernels/halves_fp16_512.h"
#else
#include "kernels/halves_fp16.h"
#endif
