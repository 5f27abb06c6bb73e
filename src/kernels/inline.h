#pragma once
// What kernels ask of the compiler.

#define SLIPWAY_INLINE inline __attribute__((always_inline))

#if defined(__clang__)
#define SLIPWAY_UNROLL _Pragma("clang loop unroll(full)")
#define SLIPWAY_LOOP _Pragma("clang loop unroll(disable)")
#else
#define SLIPWAY_UNROLL _Pragma("GCC unroll 64")
// g++ warns where it finds no loop left to leave alone, and the warning has no name to turn off.
#define SLIPWAY_LOOP
#endif

/// Sanitizers put checks between loads and look at each lane of a masked one by itself. The
/// compiler takes minutes over bodies that are full of both: masked ones are then functions of
/// their own, and kernels count on fewer registers.
#if defined(__SANITIZE_ADDRESS__)
#define SLIPWAY_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLIPWAY_SANITIZED 1
#endif
#endif
#if defined(SLIPWAY_SANITIZED)
#define SLIPWAY_MASKED __attribute__((noinline))
#define SLIPWAY_REGISTERS(COUNT) 10
#else
#define SLIPWAY_MASKED SLIPWAY_INLINE
#define SLIPWAY_REGISTERS(COUNT) COUNT
#endif
