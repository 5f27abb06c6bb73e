#pragma once
// What kernels ask of the compiler.

#define SLIPWAY_INLINE inline __attribute__((always_inline))

#if defined(__clang__)
#define SLIPWAY_UNROLL _Pragma("clang loop unroll(full)")
#define SLIPWAY_LOOP _Pragma("clang loop unroll(disable)")
#else
#define SLIPWAY_UNROLL _Pragma("GCC unroll 64")
#define SLIPWAY_LOOP _Pragma("GCC unroll 1")
#endif
