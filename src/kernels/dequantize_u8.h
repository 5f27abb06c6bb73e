#pragma once
// Bytes become floats: what a network of bytes does with its output.

#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// out[i] = (in[i] - zero) * scale. All variants give the same bits.
struct DequantizeU8 {
  const std::uint8_t* in = nullptr;
  float* out = nullptr;
  std::int64_t count = 0;
  float scale = 1;
  std::int32_t zero = 0;
};

struct DequantizeU8Variant {
  Isa isa;
  void (*run)(const DequantizeU8&);
};

/// Elements after which the channels of a picture begin anew, whether they are 1, 2, 3 or 4.
inline constexpr int kChannelPeriod = 48;

/// out[i] = (in[i] - mean[i % kChannelPeriod]) / std[i % kChannelPeriod]: what a recipe makes of a
/// picture. All variants give the same bits.
struct NormalizeU8 {
  const std::uint8_t* in = nullptr;
  float* out = nullptr;
  std::int64_t count = 0;
  const float* mean = nullptr;  // kChannelPeriod of each
  const float* std = nullptr;   // nullptr: ones
};

struct NormalizeU8Variant {
  Isa isa;
  void (*run)(const NormalizeU8&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const DequantizeU8Variant> dequantize_u8_variants();
[[nodiscard]] std::span<const NormalizeU8Variant> normalize_u8_variants();

}  // namespace slipway::kernels
