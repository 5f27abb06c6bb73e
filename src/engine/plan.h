#pragma once
// A compiled network: steps that call kernels, one after the other. It lies in a file as it lies in
// memory, is never changed, and any number of streams run it at once, each with its own arena.

#include <cstddef>
#include <cstdint>

#include "kernels/depthwise_u8.h"
#include "kernels/gemm_u8.h"

namespace slipway::engine {

/// What an offset counts from.
enum class Space : std::uint32_t {
  constants,
  arena,   // of the stream
  input,   // of the run
  output,  // of the run
};

/// Bytes in one of the spaces; `index` is which input or output.
struct Place {
  Space space = Space::constants;
  std::uint32_t index = 0;
  std::uint64_t offset = 0;
};

/// Where the spaces lie for one run. Constants and arena are aligned to 64 bytes, and 64 bytes
/// behind every part of the arena may be read.
struct Bases {
  const std::byte* constants = nullptr;
  std::byte* arena = nullptr;
  const std::byte* const* inputs = nullptr;
  std::byte* const* outputs = nullptr;
};

enum class StepKind : std::uint32_t {
  gemm_u8,
  conv_u8,
  depthwise_u8,
  quantize_picture,
  mean_u8,
};

/// Every step begins with it. Steps follow each other at multiples of 8 bytes.
struct StepHeader {
  StepKind kind = StepKind::gemm_u8;
  std::uint32_t bytes = 0;    // to the next step
  std::uint32_t variant = 0;  // row of the kernel's table
  std::uint32_t reserved = 0;
};

/// A matrix product: a 1x1 convolution without stride, or a dense layer.
struct GemmU8Step {
  StepHeader header;
  kernels::GemmU8Shape shape;
  std::int32_t m = 0;
  Place a;
  std::int64_t a_stride = 0;
  Place panels;
  Place c;  // floats where the shape says so
  std::int64_t c_stride = 0;
  kernels::Requantization requantization;
  Place residual;
  std::int64_t residual_stride = 0;
  kernels::Addition addition;
};

/// A dense convolution of one picture by products of its rows. Where the window leaves the picture,
/// the rows are copied with their borders first.
struct ConvU8Step {
  StepHeader header;
  kernels::GemmU8Shape shape;  // segments: rows of the window
  std::int32_t channels = 0;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t stride_y = 1;
  std::int32_t stride_x = 1;
  std::int32_t dilation_y = 1;
  std::int32_t pad_top = 0;
  std::int32_t pad_left = 0;
  std::int32_t padded_height = 0;  // 0: no borders are needed
  std::int32_t padded_width = 0;
  std::uint32_t outside = 0;  // the byte that borders have
  Place in;
  Place padded;
  Place panels;
  Place c;
  std::int64_t c_stride = 0;
  kernels::Requantization requantization;
  Place residual;
  std::int64_t residual_stride = 0;
  kernels::Addition addition;
};

/// A depthwise convolution of one picture.
struct DepthwiseU8Step {
  StepHeader header;
  kernels::DepthwiseU8Shape shape;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t out_height = 0;
  std::int32_t out_width = 0;
  std::int32_t pad_top = 0;
  std::int32_t pad_left = 0;
  std::uint32_t outside = 0;
  Place in;
  Place out;
  Place outside_row;  // a constant
  Place panels;
  kernels::Requantization requantization;
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

/// A plan as the file has it: this, then the steps.
struct PlanHeader {
  std::uint64_t magic = 0;
  std::uint64_t step_bytes = 0;
  std::uint64_t arena_bytes = 0;
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
};

/// Runs all steps, on the calling thread.
///
/// Needs a plan that was checked when it was loaded, for this processor.
void run(const PlanHeader& plan, const Bases& bases);

}  // namespace slipway::engine
