#include "tensor/dtype.h"

namespace slipway {
namespace {

constexpr std::string_view kNames[] = {"f32", "f16", "bf16", "f64", "i8",  "u8",  "i16",
                                       "u16", "i32", "u32",  "i64", "u64", "bool"};

/// Adds half of the last place kept, ties to even, and shifts it out.
std::uint32_t round_shift(std::uint32_t value, std::uint32_t shift) {
  const std::uint32_t half = (1U << (shift - 1)) - 1 + ((value >> shift) & 1U);
  return (value + half) >> shift;
}

}  // namespace

std::string_view name_of(DType dtype) { return kNames[static_cast<std::size_t>(dtype)]; }

std::optional<DType> dtype_from(std::string_view name) {
  for (const DType dtype : kAllDTypes) {
    if (name_of(dtype) == name) return dtype;
  }
  return std::nullopt;
}

Half::Half(float value) {
  const auto in = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (in >> 16U) & 0x8000U;
  const std::uint32_t magnitude = in & 0x7FFFFFFFU;
  std::uint32_t out = 0;
  if (magnitude > 0x7F800000U) {
    out = 0x7E00U | ((magnitude >> 13U) & 0x3FFU);  // not a number: stays one, keeps its payload
  } else if (magnitude >= 0x47800000U) {
    out = 0x7C00U;  // 65536 and above, infinity
  } else if (magnitude >= 0x38800000U) {
    out = round_shift(magnitude - 0x38000000U, 13);  // normal; 65520 and above carries to infinity
  } else if (magnitude >= 0x33000000U) {
    const std::uint32_t shift = 126U - (magnitude >> 23U);  // subnormal
    out = round_shift((magnitude & 0x7FFFFFU) | 0x800000U, shift);
  }
  bits = static_cast<std::uint16_t>(sign | out);
}

Half::operator float() const {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t mantissa = bits & 0x3FFU;
  if (exponent == 0x1FU) return std::bit_cast<float>(sign | 0x7F800000U | (mantissa << 13U));
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (mantissa << 13U));
}

BFloat16::BFloat16(float value) {
  const auto in = std::bit_cast<std::uint32_t>(value);
  if ((in & 0x7FFFFFFFU) > 0x7F800000U) {
    bits = static_cast<std::uint16_t>((in >> 16U) | 0x40U);  // not a number: stays one
  } else {
    bits = static_cast<std::uint16_t>((in + 0x7FFFU + ((in >> 16U) & 1U)) >> 16U);
  }
}

}  // namespace slipway
