#pragma once
// Depthwise convolutions of bytes: each channel with its own window.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"
#include "kernels/requantize.h"

namespace slipway::kernels {

/// What is known when a model is compiled. The window has at most kMostTaps places.
struct DepthwiseU8Shape {
  int channels = 0;
  int kernel_y = 3;
  int kernel_x = 3;
  int stride_y = 1;
  int stride_x = 1;
  int dilation_y = 1;
  int dilation_x = 1;
};

inline constexpr int kMostTaps = 256;

/// y[r, x, c] = requantize(bias[c] + sum over i, j of w[i, j, c] *
///     in[r * stride_y + i * dilation_y - pad_top, x * stride_x + j * dilation_x - pad_left, c])
///
/// Pictures are channels last; up to 63 bytes behind them are read. Outside of the input lies
/// `outside`, its zero point, which the biases must account for.
struct DepthwiseU8 {
  DepthwiseU8Shape shape;
  const std::uint8_t* in = nullptr;  // [height, width, channels]
  std::ptrdiff_t in_stride = 0;      // from one pixel to the next
  int height = 0;
  int width = 0;
  int pad_top = 0;
  int pad_left = 0;
  std::uint8_t* out = nullptr;  // [out_height, out_width, channels]
  std::ptrdiff_t out_stride = 0;
  int out_width = 0;
  int first_row = 0;                          // of the output; others are left as they are
  int last_row = 0;                           // behind the last
  const std::uint8_t* outside_row = nullptr;  // width * in_stride times `outside`, and 63 more
  std::uint8_t outside = 0;
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  Requantization requantization;
};

struct DepthwiseU8Variant {
  Isa isa;
  int widest;      // channels in the largest group; 0: constants lie channel by channel
  bool columns;    // 3x3 windows are taken column by column
  bool words;      // windows that are not too large are taken in 16-bit words
  bool saturates;  // as in GemmU8Variant
  bool less_128;   // as in GemmU8Variant
  bool strips;     // windows of four to seven rows are taken in strips of two rows
  void (*run)(const DepthwiseU8&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const DepthwiseU8Variant> depthwise_u8_variants();

/// What packing reads. Weights that do not fit in 8 bits cost their group steps of their own.
struct DepthwiseU8Constants {
  const std::int16_t* weights = nullptr;   // [kernel_y, kernel_x, channels]
  const ChannelScale* channels = nullptr;  // one per channel
  Requantize safe = Requantize::multiply;  // as in the job's Requantization
};

/// The bytes that pack_depthwise_u8 writes.
[[nodiscard]] std::size_t packed_bytes(const DepthwiseU8Variant& variant,
                                       const DepthwiseU8Shape& shape,
                                       const DepthwiseU8Constants& constants);

/// Puts constants into the order in which the variant reads them, at `to`, aligned to 64 bytes.
void pack_depthwise_u8(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape,
                       const DepthwiseU8Constants& constants, std::byte* to);

}  // namespace slipway::kernels
