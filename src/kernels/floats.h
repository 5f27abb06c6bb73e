#pragma once
// The widest vectors of floats that a file is compiled for, as `Floats`: kernels are written once
// in its terms, and compiled by one file for each instruction set.

#if defined(__AVX512F__)
#include "kernels/floats_avx512.h"
#elif defined(__AVX2__) && defined(__FMA__)
#include "kernels/floats_avx2.h"
#elif defined(__aarch64__)
#include "kernels/floats_neon.h"
#else
#include "kernels/floats_portable.h"
#endif
