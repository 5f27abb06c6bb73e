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

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const DequantizeU8Variant> dequantize_u8_variants();

}  // namespace slipway::kernels
