// quantize_u8, 16 floats at a time; three channels are interleaved by the store.

#include <cstring>

#include <arm_neon.h>

#include "kernels/inline.h"
#include "kernels/quantize_u8_isa.h"

namespace slipway::kernels {
namespace {

constexpr std::ptrdiff_t kTogether = 16;

struct Quantizer {
  float32x4_t scale, low, high;
  int32x4_t zero;

  explicit Quantizer(const QuantizeU8& job)
      : scale(vdupq_n_f32(job.scale)),
        low(vdupq_n_f32(static_cast<float>(-job.zero))),
        high(vdupq_n_f32(static_cast<float>(255 - job.zero))),
        zero(vdupq_n_s32(job.zero)) {}

  SLIPWAY_INLINE int16x4_t words(const float* in) const {
    const float32x4_t x = vdivq_f32(vld1q_f32(in), scale);
    const float32x4_t cut = vminnmq_f32(vmaxnmq_f32(x, low), high);  // a NaN becomes low
    return vmovn_s32(vaddq_s32(vcvtnq_s32_f32(cut), zero));
  }

  SLIPWAY_INLINE uint8x16_t bytes(const float* in) const {
    const int16x8_t first = vcombine_s16(words(in), words(in + 4));
    const int16x8_t second = vcombine_s16(words(in + 8), words(in + 12));
    return vcombine_u8(vqmovun_s16(first), vqmovun_s16(second));
  }

  /// The first `count` of them.
  uint8x16_t some_bytes(const float* in, std::ptrdiff_t count) const {
    if (count >= kTogether) return bytes(in);
    float few[kTogether] = {};
    std::memcpy(few, in, static_cast<std::size_t>(count) * sizeof(float));
    return bytes(few);
  }
};

/// One run of floats.
void run_plain(const Quantizer& quantizer, const float* in, std::uint8_t* out,
               std::ptrdiff_t count) {
  std::ptrdiff_t i = 0;
  for (; i + kTogether <= count; i += kTogether) vst1q_u8(out + i, quantizer.bytes(in + i));
  if (i == count) return;
  std::uint8_t last[kTogether];
  vst1q_u8(last, quantizer.some_bytes(in + i, count - i));
  std::memcpy(out + i, last, static_cast<std::size_t>(count - i));
}

/// Three planes become pixels.
void run_three(const Quantizer& quantizer, const QuantizeU8& job) {
  const std::ptrdiff_t count = job.pixels;
  for (std::ptrdiff_t p = 0; p < count; p += kTogether) {
    uint8x16x3_t planes;
    for (int c = 0; c < 3; ++c)
      planes.val[c] = quantizer.some_bytes(job.in + c * count + p, count - p);
    if (count - p >= kTogether) {
      vst3q_u8(job.out + 3 * p, planes);
    } else {
      std::uint8_t last[3 * kTogether];
      vst3q_u8(last, planes);
      std::memcpy(job.out + 3 * p, last, static_cast<std::size_t>(3 * (count - p)));
    }
  }
}

/// Any number of planes.
void run_planes(const Quantizer& quantizer, const QuantizeU8& job) {
  const std::ptrdiff_t count = job.pixels;
  for (std::ptrdiff_t c = 0; c < job.channels; ++c) {
    for (std::ptrdiff_t p = 0; p < count; p += kTogether) {
      std::uint8_t bytes[kTogether];
      vst1q_u8(bytes, quantizer.some_bytes(job.in + c * count + p, count - p));
      for (std::ptrdiff_t i = 0; i < kTogether && p + i < count; ++i)
        job.out[(p + i) * job.channels + c] = bytes[i];
    }
  }
}

}  // namespace

void quantize_u8_neon(const QuantizeU8& job) {
  const Quantizer quantizer(job);
  if (!job.channels_first || job.channels == 1) {
    return run_plain(quantizer, job.in, job.out,
                     static_cast<std::ptrdiff_t>(job.pixels) * job.channels);
  }
  job.channels == 3 ? run_three(quantizer, job) : run_planes(quantizer, job);
}

}  // namespace slipway::kernels
