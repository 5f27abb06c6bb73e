#pragma once
// Vectors of floats in pairs: those of even channels and those of odd ones. bfloat16 becomes such
// by one instruction for each, for the upper half of 32 bits is a float but for what lies below it.
// What each name does is as in floats_avx512.h.

#include <cstdint>

#include "kernels/floats.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// 32 channels. Packed constants have the even ones before the odd ones.
struct Pairs512 {
  static constexpr int kLanes = 32;
  static constexpr int kRegisters = SLIPWAY_REGISTERS(16);
  using Lanes = __mmask32;

  struct F {
    __m512 even, odd;
  };

  static SLIPWAY_INLINE Lanes first(int count) {
    return count <= 0        ? Lanes{0}
           : count >= kLanes ? static_cast<Lanes>(-1)
                             : static_cast<Lanes>((1U << static_cast<unsigned>(count)) - 1);
  }

  static SLIPWAY_INLINE F all(float v) { return {_mm512_set1_ps(v), _mm512_set1_ps(v)}; }

  static SLIPWAY_INLINE F packed(const float* p) {
    return {_mm512_loadu_ps(p), _mm512_loadu_ps(p + 16)};
  }

  static SLIPWAY_INLINE F load(const std::uint16_t* p) { return widened(_mm512_loadu_si512(p)); }

  static SLIPWAY_MASKED F load(const std::uint16_t* p, Lanes lanes) {
    return widened(_mm512_maskz_loadu_epi16(lanes, p));
  }

  static SLIPWAY_INLINE F load(const float* p) {
    return parted(_mm512_loadu_ps(p), _mm512_loadu_ps(p + 16));
  }

  static SLIPWAY_MASKED F load(const float* p, Lanes lanes) {
    return parted(_mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes), p),
                  _mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes >> 16U), p + 16));
  }

  static SLIPWAY_INLINE void store(std::uint16_t* p, const F& v) {
    _mm512_storeu_si512(p, rounded(v));
  }

  static SLIPWAY_MASKED void store(std::uint16_t* p, Lanes lanes, const F& v) {
    _mm512_mask_storeu_epi16(p, lanes, rounded(v));
  }

  static SLIPWAY_INLINE void store(float* p, const F& v) { store(p, first(kLanes), v); }

  static SLIPWAY_MASKED void store(float* p, Lanes lanes, const F& v) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high =
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>(lanes),
                          _mm512_permutex2var_ps(v.even, low, v.odd));
    _mm512_mask_storeu_ps(p + 16, static_cast<__mmask16>(lanes >> 16U),
                          _mm512_permutex2var_ps(v.even, high, v.odd));
  }

  static SLIPWAY_INLINE F fused(const F& a, const F& b, const F& c) {
    return {_mm512_fmadd_ps(a.even, b.even, c.even), _mm512_fmadd_ps(a.odd, b.odd, c.odd)};
  }

  static SLIPWAY_INLINE F at_least(const F& low, const F& v) {
    return {_mm512_max_ps(low.even, v.even), _mm512_max_ps(low.odd, v.odd)};
  }

  static SLIPWAY_INLINE F at_most(const F& high, const F& v) {
    return {_mm512_min_ps(high.even, v.even), _mm512_min_ps(high.odd, v.odd)};
  }

 private:
  static SLIPWAY_INLINE F widened(__m512i v) {
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(v, 16)),
            _mm512_castsi512_ps(_mm512_and_si512(v, upper))};
  }

  static SLIPWAY_INLINE F parted(__m512 low, __m512 high) {
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd =
        _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return {_mm512_permutex2var_ps(low, even, high), _mm512_permutex2var_ps(low, odd, high)};
  }

  /// To even. Written as an instruction: clang 16 crashes over vectors of bfloat16.
  static SLIPWAY_INLINE __m512i rounded(const F& v) {
    __m512i halves;
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(halves) : "v"(v.even), "v"(v.odd));
    // Words 0, 16, 1, 17, ...
    const __m512i joined = _mm512_setr_epi32(
        0x100000, 0x110001, 0x120002, 0x130003, 0x140004, 0x150005, 0x160006, 0x170007, 0x180008,
        0x190009, 0x1a000a, 0x1b000b, 0x1c000c, 0x1d000d, 0x1e000e, 0x1f000f);
    return _mm512_permutexvar_epi16(joined, halves);
  }
};

/// The same of 16 channels.
struct Pairs256 {
  static constexpr int kLanes = 16;
  static constexpr int kRegisters = SLIPWAY_REGISTERS(16);
  using Lanes = __mmask16;

  struct F {
    __m256 even, odd;
  };

  static SLIPWAY_INLINE Lanes first(int count) {
    return count <= 0        ? Lanes{0}
           : count >= kLanes ? static_cast<Lanes>(-1)
                             : static_cast<Lanes>((1U << static_cast<unsigned>(count)) - 1);
  }

  static SLIPWAY_INLINE F all(float v) { return {_mm256_set1_ps(v), _mm256_set1_ps(v)}; }

  static SLIPWAY_INLINE F packed(const float* p) {
    return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
  }

  static SLIPWAY_INLINE F load(const std::uint16_t* p) {
    return widened(_mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(p)));
  }

  static SLIPWAY_MASKED F load(const std::uint16_t* p, Lanes lanes) {
    return widened(_mm256_maskz_loadu_epi16(lanes, p));
  }

  static SLIPWAY_INLINE F load(const float* p) {
    return parted(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8));
  }

  static SLIPWAY_MASKED F load(const float* p, Lanes lanes) {
    return parted(_mm256_maskz_loadu_ps(static_cast<__mmask8>(lanes), p),
                  _mm256_maskz_loadu_ps(static_cast<__mmask8>(lanes >> 8U), p + 8));
  }

  static SLIPWAY_INLINE void store(std::uint16_t* p, const F& v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(p), rounded(v));
  }

  static SLIPWAY_MASKED void store(std::uint16_t* p, Lanes lanes, const F& v) {
    _mm256_mask_storeu_epi16(p, lanes, rounded(v));
  }

  static SLIPWAY_INLINE void store(float* p, const F& v) { store(p, first(kLanes), v); }

  static SLIPWAY_MASKED void store(float* p, Lanes lanes, const F& v) {
    const __m256i low = _mm256_setr_epi32(0, 8, 1, 9, 2, 10, 3, 11);
    const __m256i high = _mm256_setr_epi32(4, 12, 5, 13, 6, 14, 7, 15);
    _mm256_mask_storeu_ps(p, static_cast<__mmask8>(lanes),
                          _mm256_permutex2var_ps(v.even, low, v.odd));
    _mm256_mask_storeu_ps(p + 8, static_cast<__mmask8>(lanes >> 8U),
                          _mm256_permutex2var_ps(v.even, high, v.odd));
  }

  static SLIPWAY_INLINE F fused(const F& a, const F& b, const F& c) {
    return {_mm256_fmadd_ps(a.even, b.even, c.even), _mm256_fmadd_ps(a.odd, b.odd, c.odd)};
  }

  static SLIPWAY_INLINE F at_least(const F& low, const F& v) {
    return {_mm256_max_ps(low.even, v.even), _mm256_max_ps(low.odd, v.odd)};
  }

  static SLIPWAY_INLINE F at_most(const F& high, const F& v) {
    return {_mm256_min_ps(high.even, v.even), _mm256_min_ps(high.odd, v.odd)};
  }

 private:
  static SLIPWAY_INLINE F widened(__m256i v) {
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000U));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(v, 16)),
            _mm256_castsi256_ps(_mm256_and_si256(v, upper))};
  }

  static SLIPWAY_INLINE F parted(__m256 low, __m256 high) {
    const __m256i even = _mm256_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14);
    const __m256i odd = _mm256_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15);
    return {_mm256_permutex2var_ps(low, even, high), _mm256_permutex2var_ps(low, odd, high)};
  }

  /// To even. Written as an instruction: clang 16 crashes over vectors of bfloat16.
  static SLIPWAY_INLINE __m256i rounded(const F& v) {
    __m256i halves;
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(halves) : "v"(v.even), "v"(v.odd));
    // Words 0, 8, 1, 9, ...
    const __m256i joined =
        _mm256_setr_epi32(0x80000, 0x90001, 0xa0002, 0xb0003, 0xc0004, 0xd0005, 0xe0006, 0xf0007);
    return _mm256_permutexvar_epi16(joined, halves);
  }
};

}  // namespace
}  // namespace slipway::kernels
