#pragma once
// Floats become bytes: what a network of bytes does with its input.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// out[p, c] = even(in / scale) + zero, saturated; not-a-number becomes the least byte. `in` is
/// [channels, pixels] where `channels_first`, else [pixels, channels].
struct QuantizeU8 {
  const float* in = nullptr;
  std::uint8_t* out = nullptr;
  int channels = 1;
  int pixels = 0;
  bool channels_first = false;
  float scale = 1;
  int zero = 0;
};

struct QuantizeU8Variant {
  Isa isa;
  void (*run)(const QuantizeU8&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const QuantizeU8Variant> quantize_u8_variants();

}  // namespace slipway::kernels
