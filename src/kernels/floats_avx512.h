#pragma once
// Vectors of 16 floats; what each name does is the same in all floats_*.h.

#include <immintrin.h>

#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

struct Floats {
  static constexpr int kLanes = 16;
  static constexpr int kRegisters = SLIPWAY_REGISTERS(32);
  using F = __m512;
  using Lanes = __mmask16;

  /// The first `count` lanes; all from kLanes on, none up to 0.
  static SLIPWAY_INLINE Lanes first(int count) {
    const unsigned int exist = count <= 0        ? 0
                               : count >= kLanes ? kLanes
                                                 : static_cast<unsigned>(count);
    return static_cast<Lanes>((1U << exist) - 1);
  }

  static SLIPWAY_INLINE F zero() { return _mm512_setzero_ps(); }

  static SLIPWAY_INLINE F all(float v) { return _mm512_set1_ps(v); }

  static SLIPWAY_INLINE F load(const float* p) { return _mm512_loadu_ps(p); }

  static SLIPWAY_MASKED F load(const float* p, Lanes lanes) {
    return _mm512_maskz_loadu_ps(lanes, p);
  }

  static SLIPWAY_INLINE void store(float* p, F v) { _mm512_storeu_ps(p, v); }

  static SLIPWAY_MASKED void store(float* p, Lanes lanes, F v) {
    _mm512_mask_storeu_ps(p, lanes, v);
  }

  static SLIPWAY_INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }

  static SLIPWAY_INLINE F subtract(F a, F b) { return _mm512_sub_ps(a, b); }

  static SLIPWAY_INLINE F multiply(F a, F b) { return _mm512_mul_ps(a, b); }

  static SLIPWAY_INLINE F fused(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }

  /// c - a * b
  static SLIPWAY_INLINE F fused_negative(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }

  /// These instructions give their second operand where one is not a number.
  static SLIPWAY_INLINE F at_least(F low, F v) { return _mm512_max_ps(low, v); }

  static SLIPWAY_INLINE F at_most(F high, F v) { return _mm512_min_ps(high, v); }

  static SLIPWAY_INLINE void prefetch(const void* p) {
    _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0);
  }
};

}  // namespace
}  // namespace slipway::kernels
