// quantize_u8 in vectors of 512 bits.

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/quantize_u8.h"

namespace slipway::kernels {
namespace {

struct Quantizer {
  __m512 scale, low, high;
  __m512i zero;

  explicit Quantizer(const QuantizeU8& job)
      : scale(_mm512_set1_ps(job.scale)),
        low(_mm512_set1_ps(static_cast<float>(-job.zero))),
        high(_mm512_set1_ps(static_cast<float>(255 - job.zero))),
        zero(_mm512_set1_epi32(job.zero)) {}

  static SLIPWAY_INLINE __mmask16 lanes_of(int count) {
    return static_cast<__mmask16>((1U << static_cast<unsigned>(count)) - 1);
  }

  SLIPWAY_INLINE __m128i bytes(const float* in, int count) const {
    const __m512 x = _mm512_div_ps(_mm512_maskz_loadu_ps(lanes_of(count), in), scale);
    const __m512 cut = _mm512_min_ps(_mm512_max_ps(x, low), high);  // a NaN becomes low
    return _mm512_cvtusepi32_epi8(_mm512_add_epi32(_mm512_cvtps_epi32(cut), zero));
  }

  static SLIPWAY_INLINE void store(std::uint8_t* to, int count, __m128i bytes) {
    _mm_mask_storeu_epi8(to, lanes_of(count), bytes);
  }
};

}  // namespace
}  // namespace slipway::kernels

// behind the quantizer
#include "kernels/quantize_u8_body.h"

namespace slipway::kernels {

void quantize_u8_avx512(const QuantizeU8& job) { run_quantize(job); }

}  // namespace slipway::kernels
