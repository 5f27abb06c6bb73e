// lookup_u8, 64 bytes at a time: the table lies in four registers of words, and of the word at
// half a byte's value one half is taken.

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/lookup_u8_isa.h"

namespace slipway::kernels {
namespace {

struct Table {
  __m512i words[4];

  explicit Table(const std::uint8_t* table) {
    for (int i = 0; i < 4; ++i) words[i] = _mm512_loadu_si512(table + 64 * i);
  }

  /// For each word, whose places are bits 1 to 7 of it, the word of the table.
  SLIPWAY_INLINE __m512i word(__m512i places, __mmask32 second) const {
    const __m512i half = _mm512_srli_epi16(places, 1);  // of which six bits count
    const __m512i low = _mm512_permutex2var_epi16(words[0], half, words[1]);
    const __m512i high = _mm512_permutex2var_epi16(words[2], half, words[3]);
    return _mm512_mask_mov_epi16(low, second, high);
  }

  SLIPWAY_INLINE __m512i operator()(__m512i bytes) const {
    const __m512i up = _mm512_srli_epi16(bytes, 8);
    const __m512i even = word(bytes, _mm512_test_epi16_mask(bytes, _mm512_set1_epi16(0x80)));
    const __m512i odd = word(up, _mm512_movepi16_mask(bytes));
    // Bytes at odd places of the table are in the upper halves of words.
    const __mmask64 is_odd = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(1));
    constexpr auto kEven = __mmask64{0x5555555555555555};
    const __m512i of_even = _mm512_mask_blend_epi8(kEven, _mm512_slli_epi16(odd, 8), even);
    const __m512i of_odd = _mm512_mask_blend_epi8(kEven, odd, _mm512_srli_epi16(even, 8));
    return _mm512_mask_blend_epi8(is_odd, of_even, of_odd);
  }
};

}  // namespace

void lookup_u8_avx512(const LookupU8& job) {
  const Table table(job.table);
  std::int64_t i = 0;
  for (; i + 64 <= job.count; i += 64)
    _mm512_storeu_si512(job.out + i, table(_mm512_loadu_si512(job.in + i)));
  if (i == job.count) return;
  const __mmask64 lanes = (std::uint64_t{1} << static_cast<unsigned>(job.count - i)) - 1;
  _mm512_mask_storeu_epi8(job.out + i, lanes, table(_mm512_maskz_loadu_epi8(lanes, job.in + i)));
}

}  // namespace slipway::kernels
