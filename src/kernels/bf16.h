#pragma once
// bfloat16: the upper half of a float, as an std::uint16_t.

#include <bit>
#include <cstdint>

namespace slipway::kernels {
namespace {  // each file its own: they are compiled for several instruction sets

/// Rounded to even. What is not a number stays so.
[[nodiscard]] constexpr std::uint16_t rounded(float v) {
  const auto bits = std::bit_cast<std::uint32_t>(v);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>(bits >> 16U | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16U & 1U)) >> 16U);
}

[[nodiscard]] constexpr float widened(std::uint16_t v) {
  return std::bit_cast<float>(std::uint32_t{v} << 16U);
}

}  // namespace
}  // namespace slipway::kernels
