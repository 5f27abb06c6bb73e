#pragma once
// Vectors of 8 half floats; what each name does is the same in all halves_*.h.

#include <cstdint>

#include <arm_neon.h>

#include "kernels/floats_neon.h"

namespace slipway::kernels {
namespace {

struct Halves {
  static constexpr int kLanes = 8;
  static constexpr int kTallest = 8;  // rows of two vectors, and a vector of each row's numbers
  static constexpr int kSteps = 8;    // numbers that an A has
  using V = float16x8_t;
  using A = float16x8_t;

  static SLIPWAY_INLINE V zero() { return vdupq_n_f16(0); }

  static SLIPWAY_INLINE V load(const std::uint16_t* p) {
    return vreinterpretq_f16_u16(vld1q_u16(p));
  }

  /// Numbers of a row, on their way to all lanes.
  static SLIPWAY_INLINE A operand(const std::uint16_t* p) { return load(p); }

  /// sum + number `kStep` of a * w.
  template <int kStep>
  static SLIPWAY_INLINE void fuse(V& sum, A a, V w) {
    sum = vfmaq_laneq_f16(sum, w, a, kStep);
  }

  /// The same with a single number.
  static SLIPWAY_INLINE void fuse_one(V& sum, const std::uint16_t* a, V w) {
    sum = vfmaq_f16(sum, vreinterpretq_f16_u16(vld1q_dup_u16(a)), w);
  }

  /// Adds a vector to as many floats.
  static SLIPWAY_INLINE void add_to(float* sums, V v) {
    Floats::store(sums, Floats::add(Floats::load(sums), vcvt_f32_f16(vget_low_f16(v))));
    Floats::store(sums + 4, Floats::add(Floats::load(sums + 4), vcvt_high_f32_f16(v)));
  }

  /// Stores floats as halves, rounded to even.
  static SLIPWAY_INLINE void store(std::uint16_t* p, Floats::F v) {
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v)));
  }
};

}  // namespace
}  // namespace slipway::kernels
