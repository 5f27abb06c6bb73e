#pragma once
// Vectors of 16 floats; what each name does is the same in all floats_*.h.

#include <cstdint>

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

  /// bfloat16
  static SLIPWAY_INLINE F load(const std::uint16_t* p) {
    return widened(_mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(p)));
  }

  static SLIPWAY_MASKED F load(const std::uint16_t* p, Lanes lanes) {
    return widened(_mm256_maskz_loadu_epi16(lanes, p));
  }

  static SLIPWAY_INLINE void store(float* p, F v) { _mm512_storeu_ps(p, v); }

  static SLIPWAY_MASKED void store(float* p, Lanes lanes, F v) {
    _mm512_mask_storeu_ps(p, lanes, v);
  }

#if defined(__AVX512BF16__)
  /// Rounded to even. Written as such: clang 16 crashes over vectors of bfloat16.
  static SLIPWAY_INLINE __m256i rounded(F v) {
    __m256i halves;
    asm("vcvtneps2bf16 %1, %0" : "=v"(halves) : "v"(v));
    return halves;
  }

  static SLIPWAY_INLINE void store(std::uint16_t* p, F v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(p), rounded(v));
  }

  static SLIPWAY_MASKED void store(std::uint16_t* p, Lanes lanes, F v) {
    _mm256_mask_storeu_epi16(p, lanes, rounded(v));
  }
#endif

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

 private:
  static SLIPWAY_INLINE F widened(__m256i halves) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
};

}  // namespace
}  // namespace slipway::kernels
