#pragma once
// Vectors of 8 floats; what each name does is the same in all floats_*.h.

#include <immintrin.h>

#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

struct Floats {
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = SLIPWAY_REGISTERS(16);
  using F = __m256;
  using Lanes = __m256i;  // the sign of each lane says whether it counts

  /// The first `count` lanes; all from kLanes on, none up to 0.
  static SLIPWAY_INLINE Lanes first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }

  static SLIPWAY_INLINE F zero() { return _mm256_setzero_ps(); }

  static SLIPWAY_INLINE F all(float v) { return _mm256_set1_ps(v); }

  static SLIPWAY_INLINE F load(const float* p) { return _mm256_loadu_ps(p); }

  static SLIPWAY_MASKED F load(const float* p, Lanes lanes) { return _mm256_maskload_ps(p, lanes); }

  static SLIPWAY_INLINE void store(float* p, F v) { _mm256_storeu_ps(p, v); }

  /// In parts: masked stores take some processors as long as ten others.
  static SLIPWAY_MASKED void store(float* p, Lanes lanes, F v) {
    auto left = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(lanes)));
    if (left == 0xFF) return _mm256_storeu_ps(p, v);
    __m128 part = _mm256_castps256_ps128(v);
    if ((left & 8U) != 0) {
      _mm_storeu_ps(p, part);
      part = _mm256_extractf128_ps(v, 1);
      p += 4;
      left >>= 4U;
    }
    if ((left & 2U) != 0) {
      _mm_storel_pd(reinterpret_cast<double*>(p), _mm_castps_pd(part));
      part = _mm_movehl_ps(part, part);
      p += 2;
      left >>= 2U;
    }
    if ((left & 1U) != 0) _mm_store_ss(p, part);
  }

  static SLIPWAY_INLINE F add(F a, F b) { return _mm256_add_ps(a, b); }

  static SLIPWAY_INLINE F subtract(F a, F b) { return _mm256_sub_ps(a, b); }

  static SLIPWAY_INLINE F multiply(F a, F b) { return _mm256_mul_ps(a, b); }

  static SLIPWAY_INLINE F fused(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }

  /// c - a * b
  static SLIPWAY_INLINE F fused_negative(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }

  /// These instructions give their second operand where one is not a number.
  static SLIPWAY_INLINE F at_least(F low, F v) { return _mm256_max_ps(low, v); }

  static SLIPWAY_INLINE F at_most(F high, F v) { return _mm256_min_ps(high, v); }

  static SLIPWAY_INLINE void prefetch(const void* p) {
    _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0);
  }
};

}  // namespace
}  // namespace slipway::kernels
