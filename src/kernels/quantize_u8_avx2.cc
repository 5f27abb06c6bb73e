// quantize_u8 in vectors of 256 bits.

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/quantize_u8.h"

namespace slipway::kernels {
namespace {

struct Quantizer {
  __m256 scale, low, high;
  __m256i zero;

  explicit Quantizer(const QuantizeU8& job)
      : scale(_mm256_set1_ps(job.scale)),
        low(_mm256_set1_ps(static_cast<float>(-job.zero))),
        high(_mm256_set1_ps(static_cast<float>(255 - job.zero))),
        zero(_mm256_set1_epi16(static_cast<short>(job.zero))) {}

  /// Eight floats as integers, without the zero point.
  SLIPWAY_INLINE __m256i ints(__m256 in) const {
    const __m256 x = _mm256_div_ps(in, scale);
    return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(x, low), high));  // a NaN becomes low
  }

  SLIPWAY_INLINE __m128i bytes(const float* in, int count) const {
    __m256 first;
    __m256 second;
    if (count == 16) {
      first = _mm256_loadu_ps(in);
      second = _mm256_loadu_ps(in + 8);
    } else {
      const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
      first = _mm256_maskload_ps(in, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), places));
      second = _mm256_maskload_ps(in + 8, _mm256_cmpgt_epi32(_mm256_set1_epi32(count - 8), places));
    }
    const __m256i words = _mm256_add_epi16(_mm256_packs_epi32(ints(first), ints(second)), zero);
    const __m128i mixed =
        _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    return _mm_shuffle_epi32(mixed, 0xD8);
  }

  static SLIPWAY_INLINE void store(std::uint8_t* to, int count, __m128i bytes) {
    if (count == 16) return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    alignas(16) std::uint8_t all[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(all), bytes);
    SLIPWAY_LOOP for (int i = 0; i < count; ++i) to[i] = all[i];
  }
};

}  // namespace
}  // namespace slipway::kernels

// behind the quantizer
#include "kernels/quantize_u8_body.h"

namespace slipway::kernels {

void quantize_u8_avx2(const QuantizeU8& job) { run_quantize(job); }

}  // namespace slipway::kernels
