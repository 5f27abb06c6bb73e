#pragma once
// One name for each operation on 128-, 256- and 512-bit vectors of bytes, for kernels whose last
// channels fill only a part of the widest. To be included where AVX-512 VL, BW, DQ and VNNI are on.
// vector256.h has the same names for processors without them.

#include <cstddef>
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
    static constexpr int kRegisters = 32;                                                        \
    using I = __m##BITS##i;                                                                      \
    using F = FLOATS;                                                                            \
    using D = decltype(PREFIX##_setzero_pd());                                                   \
    using Lanes = MASK;                                                                          \
    static SLIPWAY_INLINE I load(const void* p) {                                                \
      return PREFIX##_loadu_si##BITS(static_cast<const I*>(p));                                  \
    }                                                                                            \
    static SLIPWAY_INLINE void store_all(void* p, I v) {                                         \
      PREFIX##_storeu_si##BITS(static_cast<I*>(p), v);                                           \
    }                                                                                            \
    static SLIPWAY_INLINE void store(void* p, Lanes lanes, I v) {                                \
      PREFIX##_mask_storeu_epi8(p, lanes, v);                                                    \
    }                                                                                            \
    static SLIPWAY_INLINE I of_bytes(int v) { return PREFIX##_set1_epi8(static_cast<char>(v)); } \
    static SLIPWAY_INLINE I of_words(short v) { return PREFIX##_set1_epi16(v); }                 \
    static SLIPWAY_INLINE I of_ints(int v) { return PREFIX##_set1_epi32(v); }                    \
    static SLIPWAY_INLINE F of_floats(float v) { return PREFIX##_set1_ps(v); }                   \
    static SLIPWAY_INLINE D of_doubles(double v) { return PREFIX##_set1_pd(v); }                 \
    static SLIPWAY_INLINE I dot(I sum, I u, I s) { return PREFIX##_dpbusd_epi32(sum, u, s); }    \
    static SLIPWAY_INLINE I low_bytes(I a, I b) { return PREFIX##_unpacklo_epi8(a, b); }         \
    static SLIPWAY_INLINE I high_bytes(I a, I b) { return PREFIX##_unpackhi_epi8(a, b); }        \
    static SLIPWAY_INLINE I low_words(I a, I b) { return PREFIX##_unpacklo_epi16(a, b); }        \
    static SLIPWAY_INLINE I high_words(I a, I b) { return PREFIX##_unpackhi_epi16(a, b); }       \
    static SLIPWAY_INLINE I pack_ints(I a, I b) { return PREFIX##_packs_epi32(a, b); }           \
    static SLIPWAY_INLINE I pack_words(I a, I b) { return PREFIX##_packus_epi16(a, b); }         \
    static SLIPWAY_INLINE I add_words(I a, I b) { return PREFIX##_adds_epi16(a, b); }            \
    static SLIPWAY_INLINE I plain_add_words(I a, I b) { return PREFIX##_add_epi16(a, b); }       \
    static SLIPWAY_INLINE I least_words(I a, I b) { return PREFIX##_min_epi16(a, b); }           \
    static SLIPWAY_INLINE I most_words(I a, I b) { return PREFIX##_max_epi16(a, b); }            \
    static SLIPWAY_INLINE I add(I a, I b) { return PREFIX##_add_epi32(a, b); }                   \
    static SLIPWAY_INLINE I subtract(I a, I b) { return PREFIX##_sub_epi32(a, b); }              \
    static SLIPWAY_INLINE I both(I a, I b) { return PREFIX##_and_si##BITS(a, b); }               \
    static SLIPWAY_INLINE I least(I a, I b) { return PREFIX##_min_epu8(a, b); }                  \
    static SLIPWAY_INLINE I most(I a, I b) { return PREFIX##_max_epu8(a, b); }                   \
    static SLIPWAY_INLINE I least_ints(I a, I b) { return PREFIX##_min_epi32(a, b); }            \
    static SLIPWAY_INLINE I most_ints(I a, I b) { return PREFIX##_max_epi32(a, b); }             \
    static SLIPWAY_INLINE I swap_halves(I v) { return PREFIX##_shuffle_epi32(v, SLIPWAY_SWAP); } \
    static SLIPWAY_INLINE F to_floats(I v) { return PREFIX##_cvtepi32_ps(v); }                   \
    static SLIPWAY_INLINE I to_ints(F v) { return PREFIX##_cvtps_epi32(v); }                     \
    static SLIPWAY_INLINE I cut_to_ints(F v) { return PREFIX##_cvttps_epi32(v); }                \
    static SLIPWAY_INLINE F multiply(F a, F b) { return PREFIX##_mul_ps(a, b); }                 \
    static SLIPWAY_INLINE F fused(F a, F b, F c) { return PREFIX##_fmadd_ps(a, b, c); }          \
    static SLIPWAY_INLINE F as_floats(I v) { return PREFIX##_castsi##BITS##_ps(v); }             \
    static SLIPWAY_INLINE I as_ints(F v) { return PREFIX##_castps_si##BITS(v); }                 \
    /* The bits of `b` with the sign of `a`. */                                                  \
    static SLIPWAY_INLINE I with_sign(I a, I b) {                                                \
      return PREFIX##_ternarylogic_epi32(a, b, of_ints(INT32_MIN), 0xE4);                        \
    }                                                                                            \
    static SLIPWAY_INLINE I left(I a, I n) { return PREFIX##_sllv_epi32(a, n); }                 \
    static SLIPWAY_INLINE I right(I a, I n) { return PREFIX##_srav_epi32(a, n); }                \
    /* `x`, one more where `a` is greater than `b`. */                                           \
    static SLIPWAY_INLINE I count_greater(I x, I a, I b) {                                       \
      return PREFIX##_mask_add_epi32(x, PREFIX##_cmpgt_epi32_mask(a, b), x, of_ints(1));         \
    }                                                                                            \
    /* Even lanes of `a`, odd ones of `b`. */                                                    \
    static SLIPWAY_INLINE I even_odd(I a, I b) {                                                 \
      return PREFIX##_mask_mov_epi32(                                                            \
          a, static_cast<decltype(PREFIX##_cmpgt_epi32_mask(a, b))>(0xAAAA), b);                 \
    }                                                                                            \
    static SLIPWAY_INLINE I odd_down(I v) { return PREFIX##_srli_epi64(v, 32); }                 \
    static SLIPWAY_INLINE I even_up(I v) { return PREFIX##_slli_epi64(v, 32); }                  \
    /* Bits 31 to 62 of a * b + 2^30 for the even lanes, in the even or in the odd ones. */      \
    static SLIPWAY_INLINE I high_product(I a, I b, bool to_odd) {                                \
      const I half = PREFIX##_srli_epi64(of_ints(1 << 30), 32);                                  \
      const I product = PREFIX##_add_epi64(PREFIX##_mul_epi32(a, b), half);                      \
      return to_odd ? PREFIX##_slli_epi64(product, 1) : PREFIX##_srli_epi64(product, 31);        \
    }                                                                                            \
    static SLIPWAY_INLINE D as_doubles(I v) { return PREFIX##_castsi##BITS##_pd(v); }            \
    static SLIPWAY_INLINE I as_ints(D v) { return PREFIX##_castpd_si##BITS(v); }                 \
    static SLIPWAY_INLINE D add(D a, D b) { return PREFIX##_add_pd(a, b); }                      \
    static SLIPWAY_INLINE D multiply(D a, D b) { return PREFIX##_mul_pd(a, b); }                 \
    static SLIPWAY_INLINE D least(D a, D b) { return PREFIX##_min_pd(a, b); }                    \
    static SLIPWAY_INLINE D most(D a, D b) { return PREFIX##_max_pd(a, b); }                     \
    static SLIPWAY_INLINE D truncated(D v) { return PREFIX##_roundscale_pd(v, 3); }

#define SLIPWAY_SWAP static_cast<_MM_PERM_ENUM>(0x4E)
// clang-format off
SLIPWAY_VECTOR(64, 512, _mm512, __m512, __mmask64)
  /// Vectors of 64 bits, even ones first: undoes what packing did with the slots of gemm_u8_panel.h.
  static SLIPWAY_INLINE I natural(I v) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), v);
  }
  /// The first `columns` bytes of one half.
  static SLIPWAY_INLINE void store_half(void* p, int columns, I v, bool second) {
    const __m256i bytes = half(v, second);
    if (columns >= 32) {
      _mm256_storeu_si256(static_cast<__m256i*>(p), bytes);
    } else {
      _mm256_mask_storeu_epi8(p, (1U << static_cast<unsigned>(columns)) - 1, bytes);
    }
  }
  static SLIPWAY_INLINE void store_floats(float* p, int columns, F v) {
    const auto lanes = columns >= 16 ? 0xFFFFU : columns <= 0 ? 0U : (1U << static_cast<unsigned>(columns)) - 1;
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>(lanes), v);
  }
  static SLIPWAY_INLINE __m256i half(I v, bool second) {
    return second ? _mm512_extracti64x4_epi64(v, 1) : _mm512_castsi512_si256(v);
  }
  /// Of 32 bytes the slots of one half, as ints.
  static SLIPWAY_INLINE I slots(const void* p, bool second) {
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p)),
                                                      _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
    return _mm512_cvtepu8_epi32(second ? _mm256_extracti128_si256(bytes, 1) : _mm256_castsi256_si128(bytes));
  }
  /// Rows of 16 columns stand in one vector each, and those of four rows are packed together.
  static constexpr bool kFourRows = true;
  static SLIPWAY_INLINE I slots_of_row(const void* p) {
    return _mm512_cvtepu8_epi32(_mm_shuffle_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)), 0xD8));
  }
  static SLIPWAY_INLINE I natural_rows(I v) {
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15), v);
  }
  /// The first `columns` bytes of up to `rows` of them.
  static SLIPWAY_INLINE void store_rows(std::uint8_t* to, std::ptrdiff_t stride, int rows, int columns, I v) {
    if (stride == 16 && columns == 16 && rows >= 4) return store_all(to, v);
    const auto lanes = static_cast<__mmask16>((1U << static_cast<unsigned>(columns)) - 1);
    _mm_mask_storeu_epi8(to, lanes, _mm512_castsi512_si128(v));
    if (rows > 1) _mm_mask_storeu_epi8(to + stride, lanes, _mm512_extracti32x4_epi32(v, 1));
    if (rows > 2) _mm_mask_storeu_epi8(to + 2 * stride, lanes, _mm512_extracti32x4_epi32(v, 2));
    if (rows > 3) _mm_mask_storeu_epi8(to + 3 * stride, lanes, _mm512_extracti32x4_epi32(v, 3));
  }
};
#undef SLIPWAY_SWAP
#define SLIPWAY_SWAP 0x4E
SLIPWAY_VECTOR(32, 256, _mm256, __m256, __mmask32)
  static SLIPWAY_INLINE I natural(I v) { return _mm256_permute4x64_epi64(v, 0xD8); }
  static SLIPWAY_INLINE void store_half(void* p, int columns, I v, bool second) {
    const __m128i bytes = second ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v);
    const auto lanes = columns >= 16 ? 0xFFFFU : (1U << static_cast<unsigned>(columns)) - 1;
    _mm_mask_storeu_epi8(p, static_cast<__mmask16>(lanes), bytes);
  }
  static SLIPWAY_INLINE I slots(const void* p, bool second) {
    const __m128i bytes = _mm_shuffle_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)), 0xD8);
    return _mm256_cvtepu8_epi32(second ? _mm_srli_si128(bytes, 8) : bytes);
  }
};
SLIPWAY_VECTOR(16, 128, _mm, __m128, __mmask16)
};
// clang-format on
#undef SLIPWAY_SWAP
#undef SLIPWAY_VECTOR

}  // namespace
}  // namespace slipway::kernels
