// quantize_u8, 16 floats at a time; three channels are interleaved in registers.

#include <immintrin.h>

#include "kernels/inline.h"
#include "kernels/quantize_u8_isa.h"

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

  /// 16 bytes; where `lanes` has no bit, nothing is read.
  SLIPWAY_INLINE __m128i bytes(const float* in, __mmask16 lanes) const {
    const __m512 x = _mm512_div_ps(_mm512_maskz_loadu_ps(lanes, in), scale);
    const __m512 cut = _mm512_min_ps(_mm512_max_ps(x, low), high);  // a NaN becomes low
    return _mm512_cvtusepi32_epi8(_mm512_add_epi32(_mm512_cvtps_epi32(cut), zero));
  }
};

SLIPWAY_INLINE __mmask16 lanes_of(std::ptrdiff_t left) {
  return left >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << left) - 1);
}

/// One run of floats.
void run_plain(const Quantizer& quantizer, const float* in, std::uint8_t* out,
               std::ptrdiff_t count) {
  for (std::ptrdiff_t i = 0; i < count; i += 16) {
    const __mmask16 lanes = lanes_of(count - i);
    _mm_mask_storeu_epi8(out + i, lanes, quantizer.bytes(in + i, lanes));
  }
}

/// Three planes become pixels.
void run_three(const Quantizer& quantizer, const QuantizeU8& job) {
  // Byte i of output vector v is channel (16 * v + i) % 3 of pixel (16 * v + i) / 3.
  alignas(16) char places[3][3][16];
  for (int v = 0; v < 3; ++v) {
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < 16; ++i) {
        const int at = 16 * v + i;
        places[v][c][i] = at % 3 == c ? static_cast<char>(at / 3) : static_cast<char>(-128);
      }
    }
  }
  const auto place = [&](int v, int c) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(places[v][c]));
  };
  for (int p = 0; p < job.pixels; p += 16) {
    const __mmask16 lanes = lanes_of(job.pixels - p);
    __m128i planes[3];
    for (int c = 0; c < 3; ++c) {
      planes[c] = quantizer.bytes(job.in + static_cast<std::ptrdiff_t>(c) * job.pixels + p, lanes);
    }
    std::uint8_t* to = job.out + static_cast<std::ptrdiff_t>(p) * 3;
    const int count = job.pixels - p < 16 ? (job.pixels - p) * 3 : 48;
    for (int v = 0; v < 3; ++v) {
      const __m128i pixels = _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(planes[0], place(v, 0)),
                                                       _mm_shuffle_epi8(planes[1], place(v, 1))),
                                          _mm_shuffle_epi8(planes[2], place(v, 2)));
      const int left = count - 16 * v;
      if (left > 0) _mm_mask_storeu_epi8(to + 16 * v, lanes_of(left), pixels);
    }
  }
}

/// Any number of planes.
void run_planes(const Quantizer& quantizer, const QuantizeU8& job) {
  for (int c = 0; c < job.channels; ++c) {
    const float* in = job.in + static_cast<std::ptrdiff_t>(c) * job.pixels;
    for (int p = 0; p < job.pixels; p += 16) {
      const int left = job.pixels - p < 16 ? job.pixels - p : 16;
      alignas(16) std::uint8_t bytes[16];
      _mm_store_si128(reinterpret_cast<__m128i*>(bytes), quantizer.bytes(in + p, lanes_of(left)));
      for (int i = 0; i < left; ++i)
        job.out[static_cast<std::ptrdiff_t>(p + i) * job.channels + c] = bytes[i];
    }
  }
}

}  // namespace

void quantize_u8_avx512(const QuantizeU8& job) {
  const Quantizer quantizer(job);
  if (!job.channels_first || job.channels == 1) {
    return run_plain(quantizer, job.in, job.out,
                     static_cast<std::ptrdiff_t>(job.pixels) * job.channels);
  }
  job.channels == 3 ? run_three(quantizer, job) : run_planes(quantizer, job);
}

}  // namespace slipway::kernels
