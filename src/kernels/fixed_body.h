#pragma once
// Fixed-point scaling as docs/formats/quantized_arithmetic.md states it, private to each file that
// includes it.

#include <cstdint>

#include "kernels/inline.h"

namespace slipway::kernels {
namespace {

/// The high half of 2 a b, rounded half away from zero towards plus infinity, saturated.
SLIPWAY_INLINE std::int32_t doubling_high(std::int32_t a, std::int32_t b) {
  if (a == b && a == INT32_MIN) return INT32_MAX;
  const std::int64_t product = static_cast<std::int64_t>(a) * b;
  const std::int64_t nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31U));
}

/// x / 2^exponent, rounded half away from zero; 0 <= exponent <= 31.
SLIPWAY_INLINE std::int32_t rounding_shift(std::int32_t x, int exponent) {
  const auto mask =
      static_cast<std::int32_t>((std::int64_t{1} << static_cast<unsigned>(exponent)) - 1);
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/// x * multiplier * 2^(shift - 31), rounded twice.
SLIPWAY_INLINE std::int32_t scaled_twice(std::int32_t x, std::int32_t multiplier, int shift) {
  const int left = shift > 0 ? shift : 0;
  const int right = shift < -31 ? 31 : shift < 0 ? -shift : 0;
  const auto moved =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << static_cast<unsigned>(left));
  return rounding_shift(doubling_high(moved, multiplier), right);
}

}  // namespace
}  // namespace slipway::kernels
