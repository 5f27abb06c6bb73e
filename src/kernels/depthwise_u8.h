#pragma once
// Depthwise convolutions of bytes: each channel with its own 3x3 window.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"
#include "kernels/requantize.h"

namespace slipway::kernels {

/// What is known when a model is compiled.
struct DepthwiseU8Shape {
  int channels = 0;
  int stride = 1;  // 1 or 2, in both directions
};

/// y[r, x, c] = requantize(bias[c] + sum over i, j in 0..2 of
///                         in[r * stride + i - pad_top, x * stride + j - pad_left, c] * w[i, j, c])
///
/// Pictures are channels last, without gaps. Outside of the input lies `outside`, its zero point,
/// which the biases must account for.
struct DepthwiseU8 {
  DepthwiseU8Shape shape;
  const std::uint8_t* in = nullptr;  // [height, width, channels]
  int height = 0;
  int width = 0;
  int pad_top = 0;              // 0 or 1
  int pad_left = 0;             // 0 or 1
  std::uint8_t* out = nullptr;  // [out_height, out_width, channels]
  int out_width = 0;
  int first_row = 0;                          // of the output; others are left as they are
  int last_row = 0;                           // behind the last
  const std::uint8_t* outside_row = nullptr;  // width * channels times `outside`
  std::uint8_t outside = 0;
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  Requantization requantization;
};

struct DepthwiseU8Variant {
  Isa isa;
  bool grouped;  // constants lie as depthwise_u8_panel.h says; otherwise channel by channel
  void (*run)(const DepthwiseU8&);
};

/// All variants that were compiled for this kind of processor, the portable one first.
[[nodiscard]] std::span<const DepthwiseU8Variant> depthwise_u8_variants();

/// The bytes that pack_depthwise_u8 writes.
[[nodiscard]] std::size_t packed_bytes(const DepthwiseU8Variant& variant,
                                       const DepthwiseU8Shape& shape);

/// Puts constants into the order in which the variant reads them.
///
/// weights   [3, 3, channels]
/// channels  one per channel
/// to        packed_bytes() bytes, aligned to 64
void pack_depthwise_u8(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape,
                       const std::int8_t* weights, const ChannelScale* channels, Requantize kind,
                       std::byte* to);

}  // namespace slipway::kernels
