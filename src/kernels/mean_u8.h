#pragma once
// Means over the pixels of pictures of bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"
#include "kernels/requantize.h"

namespace slipway::kernels {

/// out[c] = requantize(bias + sum over p of in[p, c]), where the bias and the numbers of the form
/// account for the zero point and the count. Up to 63 bytes behind the input are read.
struct MeanU8 {
  const std::uint8_t* in = nullptr;  // [pixels, channels]
  std::uint8_t* out = nullptr;       // [channels]
  int channels = 0;
  int pixels = 0;  // so many that the sum has at most 31 bits
  std::int32_t bias = 0;
  Requantize kind = Requantize::multiply;
  ScaleWords words;
  Requantization requantization;
};

struct MeanU8Variant {
  Isa isa;
  void (*run)(const MeanU8&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const MeanU8Variant> mean_u8_variants();

}  // namespace slipway::kernels
