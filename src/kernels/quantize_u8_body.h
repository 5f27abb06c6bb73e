#pragma once
// quantize_u8, 16 floats at a time; three channels are interleaved in registers. To be included
// behind a `Quantizer` of the instruction set:
//
//   explicit Quantizer(const QuantizeU8&)
//   __m128i bytes(const float* in, int count)               of up to 16 floats; reads no more
//   static void store(std::uint8_t* to, int count, __m128i) up to 16 bytes

#include "kernels/inline.h"
#include "kernels/quantize_u8_isa.h"

namespace slipway::kernels {
namespace {

/// Calls `then(first, count)` for each 16 of `count`, and for what is left.
template <class Then>
SLIPWAY_INLINE void by_sixteen(std::ptrdiff_t count, const Then& then) {
  std::ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) then(i, 16);
  if (i < count) then(i, static_cast<int>(count - i));
}

/// One run of floats.
SLIPWAY_INLINE void run_plain(const Quantizer& quantizer, const float* in, std::uint8_t* out,
                              std::ptrdiff_t count) {
  by_sixteen(
      count, [&](std::ptrdiff_t i, int some) __attribute__((always_inline)) {
        Quantizer::store(out + i, some, quantizer.bytes(in + i, some));
      });
}

/// Three planes become pixels.
SLIPWAY_INLINE void run_three(const Quantizer& quantizer, const QuantizeU8& job) {
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
  by_sixteen(
      job.pixels, [&](std::ptrdiff_t p, int some) __attribute__((always_inline)) {
        __m128i planes[3];
        SLIPWAY_UNROLL for (int c = 0; c < 3; ++c) planes[c] =
            quantizer.bytes(job.in + static_cast<std::ptrdiff_t>(c) * job.pixels + p, some);
        SLIPWAY_UNROLL for (int v = 0; v < 3; ++v) {
          __m128i pixels = _mm_setzero_si128();
          SLIPWAY_UNROLL for (int c = 0; c < 3; ++c) {
            const auto* place = reinterpret_cast<const __m128i*>(places[v][c]);
            pixels = _mm_or_si128(pixels, _mm_shuffle_epi8(planes[c], _mm_load_si128(place)));
          }
          const int left = some * 3 - 16 * v;
          if (left > 0) Quantizer::store(job.out + p * 3 + 16 * v, left < 16 ? left : 16, pixels);
        }
      });
}

/// Any number of planes.
SLIPWAY_INLINE void run_planes(const Quantizer& quantizer, const QuantizeU8& job) {
  for (int c = 0; c < job.channels; ++c) {
    const float* in = job.in + static_cast<std::ptrdiff_t>(c) * job.pixels;
    by_sixteen(job.pixels, [&](std::ptrdiff_t p, int some) {
      alignas(16) std::uint8_t bytes[16];
      _mm_store_si128(reinterpret_cast<__m128i*>(bytes), quantizer.bytes(in + p, some));
      for (int i = 0; i < some; ++i) job.out[(p + i) * job.channels + c] = bytes[i];
    });
  }
}

SLIPWAY_INLINE void run_quantize(const QuantizeU8& job) {
  const Quantizer quantizer(job);
  if (!job.channels_first || job.channels == 1) {
    return run_plain(quantizer, job.in, job.out,
                     static_cast<std::ptrdiff_t>(job.pixels) * job.channels);
  }
  job.channels == 3 ? run_three(quantizer, job) : run_planes(quantizer, job);
}

}  // namespace
}  // namespace slipway::kernels
