// lookup_u8, 32 bytes at a time: sixteen tables of sixteen bytes, of which one is chosen bit by
// bit.

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/lookup_u8_isa.h"

namespace slipway::kernels {
namespace {

/// Of 16 << kBits bytes at `table` those at the low 4 + kBits bits of `places`.
template <int kBits>
SLIPWAY_INLINE __m256i choose(const std::uint8_t* table, __m256i low, const __m256i (&bits)[4]) {
  if constexpr (kBits == 0) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(sixteen), low);
  } else {
    return _mm256_blendv_epi8(choose<kBits - 1>(table, low, bits),
                              choose<kBits - 1>(table + (8 << kBits), low, bits), bits[kBits - 1]);
  }
}

SLIPWAY_INLINE __m256i look_up(const std::uint8_t* table, __m256i places) {
  const __m256i low = _mm256_and_si256(places, _mm256_set1_epi8(15));
  // Bit 4 + i of each place as its highest.
  const __m256i bits[4] = {_mm256_slli_epi16(places, 3), _mm256_slli_epi16(places, 2),
                           _mm256_slli_epi16(places, 1), places};
  return choose<4>(table, low, bits);
}

}  // namespace

void lookup_u8_avx2(const LookupU8& job) {
  std::int64_t i = 0;
  for (; i + 32 <= job.count; i += 32) {
    const __m256i in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(job.in + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(job.out + i), look_up(job.table, in));
  }
  for (; i < job.count; ++i) job.out[i] = job.table[job.in[i]];
}

}  // namespace slipway::kernels
