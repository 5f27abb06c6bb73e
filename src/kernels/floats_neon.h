#pragma once
// Vectors of 4 floats, fused multiply-add; what each name does is the same in all floats_*.h.

#include <cstdint>

#include <arm_neon.h>

#include "kernels/bf16.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

struct Floats {
  static constexpr int kLanes = 4;
  static constexpr int kRegisters =
      SLIPWAY_REGISTERS(28);  // of 32: with fewer to spare, clang moves sums about
  using F = float32x4_t;
  using Lanes = int;  // so many of the first

  static SLIPWAY_INLINE Lanes first(int count) {
    return count < 0 ? 0 : count > kLanes ? kLanes : count;
  }

  static SLIPWAY_INLINE F zero() { return vdupq_n_f32(0); }

  static SLIPWAY_INLINE F all(float v) { return vdupq_n_f32(v); }

  static SLIPWAY_INLINE F load(const float* p) { return vld1q_f32(p); }

  static SLIPWAY_INLINE F load(const float* p, Lanes lanes) {
    if (lanes == kLanes) return vld1q_f32(p);
    F v = zero();
    if (lanes > 0) v = vld1q_lane_f32(p, v, 0);
    if (lanes > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (lanes > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return v;
  }

  /// bfloat16
  static SLIPWAY_INLINE F load(const std::uint16_t* p) {
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
  }

  static SLIPWAY_INLINE F load(const std::uint16_t* p, Lanes lanes) {
    float v[kLanes] = {};
    for (int i = 0; i < lanes; ++i) v[i] = widened(p[i]);
    return load(v);
  }

  static SLIPWAY_INLINE void store(std::uint16_t* p, F v) { store(p, kLanes, v); }

  static SLIPWAY_INLINE void store(std::uint16_t* p, Lanes lanes, F v) {
    float floats[kLanes];
    store(floats, v);
    for (int i = 0; i < lanes; ++i) p[i] = rounded(floats[i]);
  }

  static SLIPWAY_INLINE void store(float* p, F v) { vst1q_f32(p, v); }

  static SLIPWAY_INLINE void store(float* p, Lanes lanes, F v) {
    if (lanes == kLanes) return vst1q_f32(p, v);
    if (lanes > 0) vst1q_lane_f32(p, v, 0);
    if (lanes > 1) vst1q_lane_f32(p + 1, v, 1);
    if (lanes > 2) vst1q_lane_f32(p + 2, v, 2);
  }

  static SLIPWAY_INLINE F add(F a, F b) { return vaddq_f32(a, b); }

  static SLIPWAY_INLINE F subtract(F a, F b) { return vsubq_f32(a, b); }

  static SLIPWAY_INLINE F multiply(F a, F b) { return vmulq_f32(a, b); }

  static SLIPWAY_INLINE F fused(F a, F b, F c) { return vfmaq_f32(c, a, b); }

  static SLIPWAY_INLINE F fused_negative(F a, F b, F c) { return vfmsq_f32(c, a, b); }

  static SLIPWAY_INLINE F at_least(F low, F v) { return vmaxq_f32(low, v); }

  static SLIPWAY_INLINE F at_most(F high, F v) { return vminq_f32(high, v); }

  static SLIPWAY_INLINE void prefetch(const void* p) { __builtin_prefetch(p); }
};

}  // namespace
}  // namespace slipway::kernels
