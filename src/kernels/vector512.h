#pragma once
// One name for each operation on 128-, 256- and 512-bit vectors of bytes, for kernels whose last
// channels fill only a part of the widest. To be included where AVX-512 VL, BW, DQ and VNNI are on.

#include <cstdint>

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/requantize.h"

namespace slipway::kernels {
namespace {

/// kBytes: 16, 32 or 64. `I` holds integers, `F` floats; `Lanes` has a bit for each byte.
template <int kBytes>
struct Vector;

#define SLIPWAY_VECTOR(BYTES, BITS, PREFIX, FLOATS, MASK)                                        \
  template <>                                                                                    \
  struct Vector<BYTES> {                                                                         \
    using I = __m##BITS##i;                                                                      \
    using F = FLOATS;                                                                            \
    using Lanes = MASK;                                                                          \
    static SLIPWAY_INLINE I load(const void* p) {                                                \
      return PREFIX##_loadu_si##BITS(static_cast<const I*>(p));                                  \
    }                                                                                            \
    static SLIPWAY_INLINE F load_floats(const void* p) {                                         \
      return PREFIX##_loadu_ps(static_cast<const float*>(p));                                    \
    }                                                                                            \
    static SLIPWAY_INLINE void store(void* p, Lanes lanes, I v) {                                \
      PREFIX##_mask_storeu_epi8(p, lanes, v);                                                    \
    }                                                                                            \
    static SLIPWAY_INLINE I of_bytes(int v) { return PREFIX##_set1_epi8(static_cast<char>(v)); } \
    static SLIPWAY_INLINE I of_words(short v) { return PREFIX##_set1_epi16(v); }                 \
    static SLIPWAY_INLINE I of_ints(int v) { return PREFIX##_set1_epi32(v); }                    \
    static SLIPWAY_INLINE I dot(I sum, I u, I s) { return PREFIX##_dpbusd_epi32(sum, u, s); }    \
    static SLIPWAY_INLINE I low_bytes(I a, I b) { return PREFIX##_unpacklo_epi8(a, b); }         \
    static SLIPWAY_INLINE I high_bytes(I a, I b) { return PREFIX##_unpackhi_epi8(a, b); }        \
    static SLIPWAY_INLINE I low_words(I a, I b) { return PREFIX##_unpacklo_epi16(a, b); }        \
    static SLIPWAY_INLINE I high_words(I a, I b) { return PREFIX##_unpackhi_epi16(a, b); }       \
    static SLIPWAY_INLINE I pack_ints(I a, I b) { return PREFIX##_packs_epi32(a, b); }           \
    static SLIPWAY_INLINE I pack_words(I a, I b) { return PREFIX##_packus_epi16(a, b); }         \
    static SLIPWAY_INLINE I add_words(I a, I b) { return PREFIX##_adds_epi16(a, b); }            \
    static SLIPWAY_INLINE I subtract(I a, I b) { return PREFIX##_sub_epi32(a, b); }              \
    static SLIPWAY_INLINE I least(I a, I b) { return PREFIX##_min_epu8(a, b); }                  \
    static SLIPWAY_INLINE I most(I a, I b) { return PREFIX##_max_epu8(a, b); }                   \
    static SLIPWAY_INLINE I swap_halves(I v) { return PREFIX##_shuffle_epi32(v, SLIPWAY_SWAP); } \
    static SLIPWAY_INLINE F to_floats(I v) { return PREFIX##_cvtepi32_ps(v); }                   \
    static SLIPWAY_INLINE I to_ints(F v) { return PREFIX##_cvtps_epi32(v); }                     \
    static SLIPWAY_INLINE F multiply(F a, F b) { return PREFIX##_mul_ps(a, b); }                 \
    static SLIPWAY_INLINE F fused(F a, F b, F c) { return PREFIX##_fmadd_ps(a, b, c); }          \
    static SLIPWAY_INLINE F as_floats(I v) { return PREFIX##_castsi##BITS##_ps(v); }             \
    static SLIPWAY_INLINE I as_ints(F v) { return PREFIX##_castps_si##BITS(v); }                 \
  }

#define SLIPWAY_SWAP static_cast<_MM_PERM_ENUM>(0x4E)
SLIPWAY_VECTOR(64, 512, _mm512, __m512, __mmask64);
#undef SLIPWAY_SWAP
#define SLIPWAY_SWAP 0x4E
SLIPWAY_VECTOR(32, 256, _mm256, __m256, __mmask32);
SLIPWAY_VECTOR(16, 128, _mm, __m128, __mmask16);
#undef SLIPWAY_SWAP
#undef SLIPWAY_VECTOR

/// Sums as integers near a byte, without the zero point unless kind has it inside.
template <int kBytes, Requantize kKind>
SLIPWAY_INLINE typename Vector<kBytes>::I requantized(typename Vector<kBytes>::I sum,
                                                      typename Vector<kBytes>::F scale,
                                                      typename Vector<kBytes>::F offset) {
  using V = Vector<kBytes>;
  if constexpr (kKind == Requantize::magic) {
    return V::subtract(V::as_ints(V::fused(V::as_floats(sum), scale, offset)),
                       V::of_ints(kMagicBits));
  } else {
    return V::to_ints(V::multiply(V::to_floats(sum), scale));
  }
}

}  // namespace
}  // namespace slipway::kernels
