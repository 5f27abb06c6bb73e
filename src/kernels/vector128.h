#pragma once
// The names of vector512.h for 64-bit Arm processors: 128-bit vectors. Dot products are single
// instructions where the feature dotprod is on. Both factors of products are signed there: bytes
// are taken less 128, for which packing makes up in the biases.

#include <cstdint>

#include <arm_neon.h>

#include "kernels/inline.h"
#include "kernels/requantize.h"

namespace slipway::kernels {
namespace {

/// kBytes: 16. `I` holds integers, `F` floats; `Lanes` has a bit for each byte.
template <int kBytes>
struct Vector;

/// The end of a picture's channels.
__attribute__((noinline, unused)) void store_some(std::uint8_t* to, std::uint32_t lanes,
                                                  uint8x16_t bytes) {
  std::uint8_t all[16];
  vst1q_u8(all, bytes);
  SLIPWAY_LOOP for (int i = 0; i < 16; ++i) if ((lanes >> i & 1U) != 0) to[i] = all[i];
}

template <>
struct Vector<16> {
  static constexpr int kRegisters = 32;
  using I = int32x4_t;
  using F = float32x4_t;
  using D = float64x2_t;
  using Lanes = std::uint32_t;

  static SLIPWAY_INLINE uint8x16_t bytes_in(I v) { return vreinterpretq_u8_s32(v); }

  static SLIPWAY_INLINE int16x8_t words_in(I v) { return vreinterpretq_s16_s32(v); }

  static SLIPWAY_INLINE I of(uint8x16_t v) { return vreinterpretq_s32_u8(v); }

  static SLIPWAY_INLINE I of(int16x8_t v) { return vreinterpretq_s32_s16(v); }

  static SLIPWAY_INLINE I load(const void* p) {
    return of(vld1q_u8(static_cast<const std::uint8_t*>(p)));
  }

  static SLIPWAY_INLINE void store_all(void* p, I v) {
    vst1q_u8(static_cast<std::uint8_t*>(p), bytes_in(v));
  }

  static SLIPWAY_INLINE void store(void* p, Lanes lanes, I v) {
    auto* to = static_cast<std::uint8_t*>(p);
    if (lanes == 0xFFFFU) {
      vst1q_u8(to, bytes_in(v));
    } else if (lanes == 0x00FFU) {
      vst1_u8(to, vget_low_u8(bytes_in(v)));
    } else if (lanes == 0xFF00U) {
      vst1_u8(to + 8, vget_high_u8(bytes_in(v)));
    } else {
      store_some(to, lanes, bytes_in(v));
    }
  }

  static SLIPWAY_INLINE I of_bytes(int v) { return of(vdupq_n_u8(static_cast<std::uint8_t>(v))); }

  static SLIPWAY_INLINE I of_words(short v) { return of(vdupq_n_s16(v)); }

  static SLIPWAY_INLINE I of_ints(int v) { return vdupq_n_s32(v); }

  static SLIPWAY_INLINE F of_floats(float v) { return vdupq_n_f32(v); }

  static SLIPWAY_INLINE D of_doubles(double v) { return vdupq_n_f64(v); }

  static SLIPWAY_INLINE I dot(I sum, I u, I s) {
    const int8x16_t x = vreinterpretq_s8_u8(veorq_u8(bytes_in(u), vdupq_n_u8(128)));
    const int8x16_t w = vreinterpretq_s8_s32(s);
#if defined(__ARM_FEATURE_DOTPROD)
    return vdotq_s32(sum, x, w);
#else
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(w)));
    const int32x4_t high = vpaddlq_s16(vmull_high_s8(x, w));
    return vaddq_s32(sum, vpaddq_s32(low, high));
#endif
  }

  static SLIPWAY_INLINE I low_bytes(I a, I b) { return of(vzip1q_u8(bytes_in(a), bytes_in(b))); }

  static SLIPWAY_INLINE I high_bytes(I a, I b) { return of(vzip2q_u8(bytes_in(a), bytes_in(b))); }

  static SLIPWAY_INLINE I low_words(I a, I b) { return of(vzip1q_s16(words_in(a), words_in(b))); }

  static SLIPWAY_INLINE I high_words(I a, I b) { return of(vzip2q_s16(words_in(a), words_in(b))); }

  static SLIPWAY_INLINE I pack_ints(I a, I b) {
    return of(vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)));
  }

  static SLIPWAY_INLINE I pack_words(I a, I b) {
    return of(vcombine_u8(vqmovun_s16(words_in(a)), vqmovun_s16(words_in(b))));
  }

  static SLIPWAY_INLINE I add_words(I a, I b) { return of(vqaddq_s16(words_in(a), words_in(b))); }

  static SLIPWAY_INLINE I plain_add_words(I a, I b) {
    return of(vaddq_s16(words_in(a), words_in(b)));
  }

  static SLIPWAY_INLINE I least_words(I a, I b) { return of(vminq_s16(words_in(a), words_in(b))); }

  static SLIPWAY_INLINE I most_words(I a, I b) { return of(vmaxq_s16(words_in(a), words_in(b))); }

  static SLIPWAY_INLINE I add(I a, I b) { return vaddq_s32(a, b); }

  static SLIPWAY_INLINE I subtract(I a, I b) { return vsubq_s32(a, b); }

  static SLIPWAY_INLINE I both(I a, I b) { return vandq_s32(a, b); }

  static SLIPWAY_INLINE I least(I a, I b) { return of(vminq_u8(bytes_in(a), bytes_in(b))); }

  static SLIPWAY_INLINE I most(I a, I b) { return of(vmaxq_u8(bytes_in(a), bytes_in(b))); }

  static SLIPWAY_INLINE I least_ints(I a, I b) { return vminq_s32(a, b); }

  static SLIPWAY_INLINE I most_ints(I a, I b) { return vmaxq_s32(a, b); }

  static SLIPWAY_INLINE I swap_halves(I v) { return vextq_s32(v, v, 2); }

  static SLIPWAY_INLINE F to_floats(I v) { return vcvtq_f32_s32(v); }

  static SLIPWAY_INLINE I to_ints(F v) { return vcvtnq_s32_f32(v); }

  static SLIPWAY_INLINE I cut_to_ints(F v) { return vcvtq_s32_f32(v); }

  static SLIPWAY_INLINE F multiply(F a, F b) { return vmulq_f32(a, b); }

  static SLIPWAY_INLINE F fused(F a, F b, F c) { return vfmaq_f32(c, a, b); }

  static SLIPWAY_INLINE F as_floats(I v) { return vreinterpretq_f32_s32(v); }

  static SLIPWAY_INLINE I as_ints(F v) { return vreinterpretq_s32_f32(v); }

  static SLIPWAY_INLINE I with_sign(I a, I b) { return vbslq_s32(vdupq_n_u32(0x80000000U), a, b); }

  static SLIPWAY_INLINE I left(I a, I n) { return vshlq_s32(a, n); }

  static SLIPWAY_INLINE I right(I a, I n) { return vshlq_s32(a, vnegq_s32(n)); }

  static SLIPWAY_INLINE I count_greater(I x, I a, I b) {
    return vsubq_s32(x, vreinterpretq_s32_u32(vcgtq_s32(a, b)));
  }

  static SLIPWAY_INLINE I even_odd(I a, I b) {
    return vbslq_s32(vreinterpretq_u32_u64(vdupq_n_u64(0xFFFFFFFF00000000U)), b, a);
  }

  static SLIPWAY_INLINE I odd_down(I v) {
    return vreinterpretq_s32_u64(vshrq_n_u64(vreinterpretq_u64_s32(v), 32));
  }

  static SLIPWAY_INLINE I even_up(I v) {
    return vreinterpretq_s32_u64(vshlq_n_u64(vreinterpretq_u64_s32(v), 32));
  }

  static SLIPWAY_INLINE I high_product(I a, I b, bool to_odd) {
    const int64x2_t product = vaddq_s64(
        vmull_s32(vmovn_s64(vreinterpretq_s64_s32(a)), vmovn_s64(vreinterpretq_s64_s32(b))),
        vdupq_n_s64(std::int64_t{1} << 30));
    return vreinterpretq_s32_s64(to_odd ? vshlq_n_s64(product, 1) : vshrq_n_s64(product, 31));
  }

  static SLIPWAY_INLINE D as_doubles(I v) { return vreinterpretq_f64_s32(v); }

  static SLIPWAY_INLINE I as_ints(D v) { return vreinterpretq_s32_f64(v); }

  static SLIPWAY_INLINE D add(D a, D b) { return vaddq_f64(a, b); }

  static SLIPWAY_INLINE D multiply(D a, D b) { return vmulq_f64(a, b); }

  static SLIPWAY_INLINE D least(D a, D b) { return vminq_f64(a, b); }

  static SLIPWAY_INLINE D most(D a, D b) { return vmaxq_f64(a, b); }

  static SLIPWAY_INLINE D truncated(D v) { return vrndq_f64(v); }

  static SLIPWAY_INLINE I natural(I v) { return v; }

  static SLIPWAY_INLINE void store_half(void* p, int columns, I v, bool second) {
    auto* to = static_cast<std::uint8_t*>(p);
    const uint8x16_t bytes = bytes_in(second ? swap_halves(v) : v);
    if (columns >= 8) {
      vst1_u8(to, vget_low_u8(bytes));
    } else {
      store_some(to, (1U << static_cast<unsigned>(columns)) - 1, bytes);
    }
  }

  static SLIPWAY_INLINE void store_floats(float* p, int columns, F v) {
    if (columns >= 4) return vst1q_f32(p, v);
    float all[4];
    vst1q_f32(all, v);
    SLIPWAY_LOOP for (int i = 0; i < columns; ++i) p[i] = all[i];
  }

  static SLIPWAY_INLINE I slots(const void* p, bool second) {
    const uint16x8_t words = vmovl_u8(vld1_u8(static_cast<const std::uint8_t*>(p)));
    return vreinterpretq_s32_u32(vmovl_u16(second ? vget_high_u16(words) : vget_low_u16(words)));
  }
};

}  // namespace
}  // namespace slipway::kernels
