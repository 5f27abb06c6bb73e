#pragma once
// Steps that work on whole pictures, channels last: windows of each channel alone, borders, means,
// and the way from a user's floats to bytes.

#include "engine/plan.h"
#include "kernels/depthwise_f32.h"
#include "kernels/depthwise_u8.h"

namespace slipway::engine {

/// A window over pictures.
struct Sliding {
  std::int32_t pictures = 1;
  std::int32_t channels = 0;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t kernel_y = 1;
  std::int32_t kernel_x = 1;
  std::int32_t stride_y = 1;
  std::int32_t stride_x = 1;
  std::int32_t dilation_y = 1;
  std::int32_t dilation_x = 1;
  std::int32_t pad_top = 0;
  std::int32_t pad_left = 0;
};

/// The window as kernels for each channel alone have it.
template <class Shape>
[[nodiscard]] Shape depthwise_shape(const Sliding& window) {
  return {window.channels, window.kernel_y,   window.kernel_x,  window.stride_y,
          window.stride_x, window.dilation_y, window.dilation_x};
}

/// A depthwise convolution. A unit is one row of the output.
struct DepthwiseU8Step {
  StepHeader header;
  Sliding window;
  std::int64_t in_stride = 0;  // elements between two pixels
  std::int64_t out_stride = 0;
  Place in;
  Place out;
  Place outside_row;  // a constant
  Place panels;
  std::uint32_t outside = 0;
  kernels::Requantization requantization;
  std::uint16_t reserved[3] = {};
};

/// A unit is one row of the output.
struct DepthwiseF32Step {
  StepHeader header;
  Sliding window;
  std::int64_t in_stride = 0;  // elements between two pixels
  std::int64_t out_stride = 0;
  Place in;
  Place out;
  Place panels;
  float low = 0;
  float high = 0;
  std::uint32_t rounded = 0;  // whether it reads and writes bfloat16, by a depthwise_bf16 variant
  std::uint32_t reserved = 0;
};

/// Pictures in larger ones: what lies around them is `outside`, an element of `element_bytes` (1, 2
/// or 4). A unit is one row of the output.
struct BorderStep {
  StepHeader header;
  std::int32_t pictures = 1;
  std::int32_t element_bytes = 1;
  std::int32_t channels = 0;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t pad_top = 0;
  std::int32_t pad_left = 0;
  std::uint32_t outside = 0;
  std::uint32_t only_around = 0;  // whether another step puts the pictures there
  std::uint32_t reserved = 0;
  std::int64_t in_stride = 0;   // elements between two pixels of the input; 0: channels
  std::int64_t out_stride = 0;  // the same of the output
  Place in;
  Place out;
};

/// Floats to bytes, even(x / scale) + zero, while channels first become channels last.
struct QuantizePictureStep {
  StepHeader header;
  std::int32_t channels = 0;
  std::int32_t pixels = 0;
  std::uint32_t channels_first = 0;  // what the floats are
  float scale = 1;
  std::int32_t zero = 0;
  std::int32_t reserved = 0;
  Place in;
  Place out;
};

/// The mean over the pixels of each channel: even((sum - pixels * zero_in) * scale) + zero_out.
struct MeanU8Step {
  StepHeader header;
  std::int32_t channels = 0;
  std::int32_t pixels = 0;
  float scale = 1;
  std::int32_t zero_in = 0;
  std::int32_t zero_out = 0;
  std::int32_t reserved = 0;
  Place in;
  Place out;
};

void run(const DepthwiseU8Step& step, const Bases& bases, int first, int last);
void run(const DepthwiseF32Step& step, const Bases& bases, int first, int last);
void run(const BorderStep& step, const Bases& bases, int first, int last);
void run(const QuantizePictureStep& step, const Bases& bases, int first, int last);
void run(const MeanU8Step& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
