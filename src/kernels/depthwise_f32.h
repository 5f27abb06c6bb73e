#pragma once
// Depthwise convolutions of floats: each channel with its own window.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// What is known when a model is compiled.
struct DepthwiseF32Shape {
  int channels = 0;
  int kernel_y = 3;
  int kernel_x = 3;
  int stride_y = 1;
  int stride_x = 1;
  int dilation_y = 1;
  int dilation_x = 1;
};

/// y[r, x, c] = clamp(bias[c] + sum over i, j of in[r * stride_y + i * dilation_y - pad_top,
///                              x * stride_x + j * dilation_x - pad_left, c] * w[i, j, c], low,
///                              high)
///
/// Pictures are channels last; outside of the input lie zeros. Up to 63 bytes behind
/// the input are read. What is not a number passes through the clamp.
///
/// Variants with fused multiply-add begin with the bias and add products in the order of i and j,
/// each with one rounding: all of them give the same values. The portable one rounds products, too.
/// Both are within (K + 1) * 2^-23 * (|bias| + sum |in w|) of the exact value, where K is the
/// number of weights of the window (see gemm_f32.h).
///
/// Some variants have inputs and outputs of bfloat16: the last pointers are set in place of the
/// others, and strides count such elements. Outputs are then rounded once more, to even.
struct DepthwiseF32 {
  DepthwiseF32Shape shape;
  const float* in = nullptr;     // [height, width, channels]
  std::ptrdiff_t in_stride = 0;  // floats from one pixel to the next
  int height = 0;
  int width = 0;
  int pad_top = 0;
  int pad_left = 0;
  float* out = nullptr;  // [out_height, out_width, channels]; must not overlap the input
  std::ptrdiff_t out_stride = 0;
  int out_width = 0;
  int first_row = 0;                  // of the output; others are left as they are
  int last_row = 0;                   // behind the last
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  const std::uint16_t* rounded_in = nullptr;
  std::uint16_t* rounded_out = nullptr;
};

/// One way to compute it.
struct DepthwiseF32Variant {
  Isa isa;
  int group;  // channels that are computed together; how constants are packed depends on it
  void (*run)(const DepthwiseF32&);
  bool paired = false;  // whether constants of even channels go before those of odd ones
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const DepthwiseF32Variant> depthwise_f32_variants();

/// The same of those that read and write bfloat16.
[[nodiscard]] std::span<const DepthwiseF32Variant> depthwise_bf16_variants();

/// The bytes that pack_depthwise_f32 writes.
[[nodiscard]] std::size_t packed_bytes(const DepthwiseF32Variant& variant,
                                       const DepthwiseF32Shape& shape);

/// Puts constants into the order in which the variant reads them.
///
/// weights  [kernel_y, kernel_x, channels]
/// bias     one per channel, or nullptr: zeros
/// to       packed_bytes() bytes, aligned to 64
void pack_depthwise_f32(const DepthwiseF32Variant& variant, const DepthwiseF32Shape& shape,
                        const float* weights, const float* bias, std::byte* to);

}  // namespace slipway::kernels
