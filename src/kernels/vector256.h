#pragma once
// The names of vector512.h for processors without AVX-512: 128- and 256-bit vectors. To be included
// where AVX2 and FMA are on; dot products are single instructions where AVX-VNNI is on, too.

#include <cstdint>

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/requantize.h"

namespace slipway::kernels {
namespace {

/// kBytes: 16 or 32. `I` holds integers, `F` floats; `Lanes` has a bit for each byte.
template <int kBytes>
struct Vector;

/// The end of a picture's channels.
__attribute__((noinline, unused)) void store_some(std::uint8_t* to, std::uint32_t lanes,
                                                  __m128i bytes) {
  alignas(16) std::uint8_t all[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(all), bytes);
  SLIPWAY_LOOP for (int i = 0; i < 16; ++i) if ((lanes >> i & 1U) != 0) to[i] = all[i];
}

/// Writes the bytes of a vector whose bits are set in `lanes`. Whole halves of 128-bit parts are
/// what depthwise_u8 asks for.
template <int kParts>
SLIPWAY_INLINE void store_lanes(std::uint8_t* to, std::uint32_t lanes, const __m128i* parts) {
  SLIPWAY_UNROLL for (int part = 0; part < kParts; ++part) {
    const std::uint32_t mine = lanes >> (16 * part) & 0xFFFFU;
    std::uint8_t* at = to + 16 * part;
    if (mine == 0xFFFFU) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at), parts[part]);
    } else if (mine == 0x00FFU) {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(at), parts[part]);
    } else if (mine == 0xFF00U) {
      _mm_storeh_pd(reinterpret_cast<double*>(at + 8), _mm_castsi128_pd(parts[part]));
    } else {
      store_some(at, mine, parts[part]);
    }
  }
}

#if defined(__AVXVNNI__)
#define SLIPWAY_DOT(PREFIX, SUM, U, S) PREFIX##_dpbusd_avx_epi32(SUM, U, S)
#else
// Two products and their sum must fit in 16 bits.
#define SLIPWAY_DOT(PREFIX, SUM, U, S) \
  PREFIX##_add_epi32(SUM, PREFIX##_madd_epi16(PREFIX##_maddubs_epi16(U, S), of_words(1)))
#endif

#define SLIPWAY_VECTOR(BYTES, BITS, PREFIX, FLOATS)                                              \
  template <>                                                                                    \
  struct Vector<BYTES> {                                                                         \
    static constexpr int kRegisters = 16;                                                        \
    using I = __m##BITS##i;                                                                      \
    using F = FLOATS;                                                                            \
    using D = decltype(PREFIX##_setzero_pd());                                                   \
    using Lanes = std::uint32_t;                                                                 \
    static SLIPWAY_INLINE I load(const void* p) {                                                \
      return PREFIX##_loadu_si##BITS(static_cast<const I*>(p));                                  \
    }                                                                                            \
    static SLIPWAY_INLINE void store_all(void* p, I v) {                                         \
      PREFIX##_storeu_si##BITS(static_cast<I*>(p), v);                                           \
    }                                                                                            \
    static SLIPWAY_INLINE I of_bytes(int v) { return PREFIX##_set1_epi8(static_cast<char>(v)); } \
    static SLIPWAY_INLINE I of_words(short v) { return PREFIX##_set1_epi16(v); }                 \
    static SLIPWAY_INLINE I of_ints(int v) { return PREFIX##_set1_epi32(v); }                    \
    static SLIPWAY_INLINE F of_floats(float v) { return PREFIX##_set1_ps(v); }                   \
    static SLIPWAY_INLINE D of_doubles(double v) { return PREFIX##_set1_pd(v); }                 \
    static SLIPWAY_INLINE I dot(I sum, I u, I s) { return SLIPWAY_DOT(PREFIX, sum, u, s); }      \
    static SLIPWAY_INLINE I low_bytes(I a, I b) { return PREFIX##_unpacklo_epi8(a, b); }         \
    static SLIPWAY_INLINE I high_bytes(I a, I b) { return PREFIX##_unpackhi_epi8(a, b); }        \
    static SLIPWAY_INLINE I low_words(I a, I b) { return PREFIX##_unpacklo_epi16(a, b); }        \
    static SLIPWAY_INLINE I high_words(I a, I b) { return PREFIX##_unpackhi_epi16(a, b); }       \
    static SLIPWAY_INLINE I pack_ints(I a, I b) { return PREFIX##_packs_epi32(a, b); }           \
    static SLIPWAY_INLINE I pack_words(I a, I b) { return PREFIX##_packus_epi16(a, b); }         \
    static SLIPWAY_INLINE I add_words(I a, I b) { return PREFIX##_adds_epi16(a, b); }            \
    static SLIPWAY_INLINE I plain_add_words(I a, I b) { return PREFIX##_add_epi16(a, b); }       \
    static SLIPWAY_INLINE I subtract_words(I a, I b) { return PREFIX##_sub_epi16(a, b); }        \
    static SLIPWAY_INLINE I least_words(I a, I b) { return PREFIX##_min_epi16(a, b); }           \
    static SLIPWAY_INLINE I most_words(I a, I b) { return PREFIX##_max_epi16(a, b); }            \
    static SLIPWAY_INLINE I add(I a, I b) { return PREFIX##_add_epi32(a, b); }                   \
    static SLIPWAY_INLINE I subtract(I a, I b) { return PREFIX##_sub_epi32(a, b); }              \
    static SLIPWAY_INLINE I both(I a, I b) { return PREFIX##_and_si##BITS(a, b); }               \
    static SLIPWAY_INLINE I least(I a, I b) { return PREFIX##_min_epu8(a, b); }                  \
    static SLIPWAY_INLINE I most(I a, I b) { return PREFIX##_max_epu8(a, b); }                   \
    static SLIPWAY_INLINE I least_ints(I a, I b) { return PREFIX##_min_epi32(a, b); }            \
    static SLIPWAY_INLINE I most_ints(I a, I b) { return PREFIX##_max_epi32(a, b); }             \
    static SLIPWAY_INLINE I swap_halves(I v) { return PREFIX##_shuffle_epi32(v, 0x4E); }         \
    static SLIPWAY_INLINE F to_floats(I v) { return PREFIX##_cvtepi32_ps(v); }                   \
    static SLIPWAY_INLINE I to_ints(F v) { return PREFIX##_cvtps_epi32(v); }                     \
    static SLIPWAY_INLINE I cut_to_ints(F v) { return PREFIX##_cvttps_epi32(v); }                \
    static SLIPWAY_INLINE F multiply(F a, F b) { return PREFIX##_mul_ps(a, b); }                 \
    static SLIPWAY_INLINE F fused(F a, F b, F c) { return PREFIX##_fmadd_ps(a, b, c); }          \
    static SLIPWAY_INLINE F as_floats(I v) { return PREFIX##_castsi##BITS##_ps(v); }             \
    static SLIPWAY_INLINE I as_ints(F v) { return PREFIX##_castps_si##BITS(v); }                 \
    static SLIPWAY_INLINE I with_sign(I a, I b) {                                                \
      const I sign = of_ints(INT32_MIN);                                                         \
      return PREFIX##_or_si##BITS(both(a, sign), PREFIX##_andnot_si##BITS(sign, b));             \
    }                                                                                            \
    static SLIPWAY_INLINE I left(I a, I n) { return PREFIX##_sllv_epi32(a, n); }                 \
    static SLIPWAY_INLINE I right(I a, I n) { return PREFIX##_srav_epi32(a, n); }                \
    static SLIPWAY_INLINE I count_greater(I x, I a, I b) {                                       \
      return PREFIX##_sub_epi32(x, PREFIX##_cmpgt_epi32(a, b));                                  \
    }                                                                                            \
    static SLIPWAY_INLINE I even_odd(I a, I b) { return PREFIX##_blend_epi16(a, b, 0xCC); }      \
    static SLIPWAY_INLINE I odd_down(I v) { return PREFIX##_srli_epi64(v, 32); }                 \
    static SLIPWAY_INLINE I even_up(I v) { return PREFIX##_slli_epi64(v, 32); }                  \
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
    static SLIPWAY_INLINE D truncated(D v) { return PREFIX##_round_pd(v, 3); }

// clang-format off
SLIPWAY_VECTOR(32, 256, _mm256, __m256)
  static SLIPWAY_INLINE void store(void* p, Lanes lanes, I v) {
    const __m128i parts[2] = {_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)};
    store_lanes<2>(static_cast<std::uint8_t*>(p), lanes, parts);
  }
  static SLIPWAY_INLINE I natural(I v) { return _mm256_permute4x64_epi64(v, 0xD8); }
  static SLIPWAY_INLINE I words_of(const void* p) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  static SLIPWAY_INLINE void store_half(void* p, int columns, I v, bool second) {
    const __m128i bytes = second ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v);
    const auto lanes = columns >= 16 ? 0xFFFFU : (1U << static_cast<unsigned>(columns)) - 1;
    store_lanes<1>(static_cast<std::uint8_t*>(p), lanes, &bytes);
  }
  static SLIPWAY_INLINE void store_floats(float* p, int columns, F v) {
    const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(columns), places), v);
  }
  static SLIPWAY_INLINE I slots(const void* p, bool second) {
    const __m128i bytes = _mm_shuffle_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)), 0xD8);
    return _mm256_cvtepu8_epi32(second ? _mm_srli_si128(bytes, 8) : bytes);
  }
};
SLIPWAY_VECTOR(16, 128, _mm, __m128)
  static SLIPWAY_INLINE void store(void* p, Lanes lanes, I v) {
    store_lanes<1>(static_cast<std::uint8_t*>(p), lanes, &v);
  }
};

// clang-format on
#undef SLIPWAY_VECTOR
#undef SLIPWAY_DOT

}  // namespace
}  // namespace slipway::kernels
