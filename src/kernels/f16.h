#pragma once
// Half floats (IEEE 754 binary16: 11 bits of fraction, 2^-24 to 65504) as an std::uint16_t.

#include <bit>
#include <cstdint>

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Rounded to even; beyond 65504 infinite. What is not a number stays none.
[[nodiscard]] constexpr std::uint16_t half_of(double v) {
  constexpr std::uint64_t kOne = 1;
  const auto bits = std::bit_cast<std::uint64_t>(v);
  const auto sign = static_cast<std::uint16_t>(bits >> 48U & 0x8000U);
  const auto fraction = bits & ((kOne << 52U) - 1);
  const auto exponent = static_cast<int>(bits >> 52U & 0x7FFU) - 1023;
  if (exponent == 1024 && fraction != 0) return sign | 0x7E00U;
  if (exponent > 15) return sign | 0x7C00U;
  if (exponent < -25) return sign;
  // Small ones have fewer bits: what is cut off is longer.
  const bool normal = exponent >= -14;
  const auto cut = static_cast<std::uint64_t>(normal ? 42 : 42 - 14 - exponent);
  const std::uint64_t whole = normal ? fraction : fraction | kOne << 52U;
  auto kept = whole >> cut;
  const auto rest = whole & ((kOne << cut) - 1);
  const auto middle = kOne << (cut - 1);
  if (rest > middle || (rest == middle && (kept & 1U) != 0)) ++kept;
  const auto biased = static_cast<std::uint64_t>(normal ? exponent + 15 : 0) << 10U;
  return static_cast<std::uint16_t>(sign | (biased + kept));  // a carry is the next exponent
}

[[nodiscard]] constexpr float float_of(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = half >> 10U & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13U);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23U | fraction << 13U);
  const float small = static_cast<float>(fraction) * 0x1p-24F;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(small) | sign);
}

/// a * b + c with one rounding. The product is exact in a double. Their sum is, too, or it is so
/// near to c, or so far beyond the largest half, that rounding it twice is rounding it once.
[[nodiscard]] constexpr std::uint16_t fused_half(std::uint16_t a, std::uint16_t b,
                                                 std::uint16_t c) {
  const double product = static_cast<double>(float_of(a)) * static_cast<double>(float_of(b));
  return half_of(product + static_cast<double>(float_of(c)));
}

}  // namespace
}  // namespace slipway::kernels
