#pragma once
// Vectors of 4 floats in the compiler's own terms, for any processor; what each name does is the
// same in all floats_*.h. Nothing is fused here: products are rounded, too.

#include <cstdint>
#include <cstring>

#include "kernels/bf16.h"
#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

struct Floats {
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 16;
  using F = float __attribute__((vector_size(16)));
  using Lanes = int;  // so many of the first

  static SLIPWAY_INLINE Lanes first(int count) {
    return count < 0 ? 0 : count > kLanes ? kLanes : count;
  }

  static SLIPWAY_INLINE F zero() { return F{}; }

  static SLIPWAY_INLINE F all(float v) { return F{v, v, v, v}; }

  static SLIPWAY_INLINE F load(const float* p) {
    F v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }

  static SLIPWAY_INLINE F load(const float* p, Lanes lanes) {
    F v{};
    std::memcpy(&v, p, static_cast<std::size_t>(lanes) * sizeof(float));
    return v;
  }

  /// bfloat16
  static SLIPWAY_INLINE F load(const std::uint16_t* p) { return load(p, kLanes); }

  static SLIPWAY_INLINE F load(const std::uint16_t* p, Lanes lanes) {
    F v{};
    for (int i = 0; i < lanes; ++i) v[i] = widened(p[i]);
    return v;
  }

  static SLIPWAY_INLINE void store(std::uint16_t* p, F v) { store(p, kLanes, v); }

  static SLIPWAY_INLINE void store(std::uint16_t* p, Lanes lanes, F v) {
    for (int i = 0; i < lanes; ++i) p[i] = rounded(v[i]);
  }

  static SLIPWAY_INLINE void store(float* p, F v) { std::memcpy(p, &v, sizeof v); }

  static SLIPWAY_INLINE void store(float* p, Lanes lanes, F v) {
    std::memcpy(p, &v, static_cast<std::size_t>(lanes) * sizeof(float));
  }

  static SLIPWAY_INLINE F add(F a, F b) { return a + b; }

  static SLIPWAY_INLINE F subtract(F a, F b) { return a - b; }

  static SLIPWAY_INLINE F multiply(F a, F b) { return a * b; }

  static SLIPWAY_INLINE F fused(F a, F b, F c) { return a * b + c; }

  static SLIPWAY_INLINE F fused_negative(F a, F b, F c) { return c - a * b; }

  static SLIPWAY_INLINE F at_least(F low, F v) { return v < low ? low : v; }

  static SLIPWAY_INLINE F at_most(F high, F v) { return v > high ? high : v; }

  static SLIPWAY_INLINE void prefetch(const void* p) { __builtin_prefetch(p); }
};

}  // namespace
}  // namespace slipway::kernels
