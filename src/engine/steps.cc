#include "engine/steps.h"

#include <cmath>
#include <cstring>

#include "kernels/quantize_u8.h"

namespace slipway::engine {
namespace {

using kernels::GemmOutput;
using kernels::GemmU8;

/// The part of a product that its places decide.
template <class Step>
GemmU8 product(const Step& step, const Bases& bases) {
  GemmU8 job;
  job.shape = step.shape;
  job.panels = bytes_at(step.panels, bases);
  job.c_stride = step.c_stride;
  job.requantization = step.requantization;
  job.addition = step.addition;
  if (step.shape.output == GemmOutput::floats) {
    job.y = write_at<float>(step.c, bases);
  } else {
    job.c = write_at<std::uint8_t>(step.c, bases);
  }
  if (step.shape.output == GemmOutput::added) {
    job.residual = read_at<std::uint8_t>(step.residual, bases);
    job.residual_stride = step.residual_stride;
  }
  return job;
}

/// Moves a product on to its next rows.
void advance(GemmU8& job, std::ptrdiff_t rows) {
  if (job.y != nullptr) job.y += rows * job.c_stride;
  if (job.c != nullptr) job.c += rows * job.c_stride;
  if (job.residual != nullptr) job.residual += rows * job.residual_stride;
}

/// Copies a picture into the middle of a larger one.
void copy_with_borders(const ConvU8Step& step, const std::uint8_t* in, std::uint8_t* padded) {
  const auto channels = static_cast<std::size_t>(step.channels);
  const std::size_t row = static_cast<std::size_t>(step.width) * channels;
  const std::size_t padded_row = static_cast<std::size_t>(step.padded_width) * channels;
  const std::size_t left = static_cast<std::size_t>(step.pad_left) * channels;
  const auto outside = static_cast<int>(step.outside);
  for (int y = 0; y < step.padded_height; ++y, padded += padded_row) {
    const int from = y - step.pad_top;
    if (from < 0 || from >= step.height) {
      std::memset(padded, outside, padded_row);
      continue;
    }
    std::memset(padded, outside, left);
    const std::size_t fits = padded_row - left < row ? padded_row - left : row;
    std::memcpy(padded + left, in + static_cast<std::size_t>(from) * row, fits);
    std::memset(padded + left + fits, outside, padded_row - left - fits);
  }
}

constexpr int kMostSegments = 16;

}  // namespace

void run(const GemmU8Step& step, const Bases& bases) {
  GemmU8 job = product(step, bases);
  const auto* a = read_at<std::uint8_t>(step.a, bases);
  job.a = &a;
  job.a_stride = step.a_stride;
  job.m = step.m;
  kernels::gemm_u8_variants()[step.header.variant].run(job);
}

void run(const ConvU8Step& step, const Bases& bases) {
  GemmU8 job = product(step, bases);
  const auto* in = read_at<std::uint8_t>(step.in, bases);
  int width = step.width;
  if (step.padded_height != 0) {
    auto* padded = write_at<std::uint8_t>(step.padded, bases);
    copy_with_borders(step, in, padded);
    in = padded;
    width = step.padded_width;
  }
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(width) * step.channels;
  const std::uint8_t* segments[kMostSegments];
  job.a = segments;
  job.a_stride = static_cast<std::ptrdiff_t>(step.stride_x) * step.channels;
  job.m = step.out_width;
  const auto run_kernel = kernels::gemm_u8_variants()[step.header.variant].run;
  for (int y = 0; y < step.out_height; ++y) {
    for (int s = 0; s < step.shape.segments; ++s)
      segments[s] = in + (y * step.stride_y + s * step.dilation_y) * row;
    run_kernel(job);
    advance(job, step.out_width);
  }
}

void run(const DepthwiseU8Step& step, const Bases& bases) {
  kernels::DepthwiseU8 job;
  job.shape = step.shape;
  job.in = read_at<std::uint8_t>(step.in, bases);
  job.height = step.height;
  job.width = step.width;
  job.pad_top = step.pad_top;
  job.pad_left = step.pad_left;
  job.out = write_at<std::uint8_t>(step.out, bases);
  job.out_width = step.out_width;
  job.last_row = step.out_height;
  job.outside_row = read_at<std::uint8_t>(step.outside_row, bases);
  job.outside = static_cast<std::uint8_t>(step.outside);
  job.panels = bytes_at(step.panels, bases);
  job.requantization = step.requantization;
  kernels::depthwise_u8_variants()[step.header.variant].run(job);
}

void run(const QuantizePictureStep& step, const Bases& bases) {
  kernels::quantize_u8_variants()[step.header.variant].run(
      {read_at<float>(step.in, bases), write_at<std::uint8_t>(step.out, bases), step.channels,
       step.pixels, step.channels_first != 0, step.scale, step.zero});
}

void run(const MeanU8Step& step, const Bases& bases) {
  const auto* in = read_at<std::uint8_t>(step.in, bases);
  auto* out = write_at<std::uint8_t>(step.out, bases);
  constexpr int kTogether = 64;
  for (int c = 0; c < step.channels; c += kTogether) {
    const int count = step.channels - c < kTogether ? step.channels - c : kTogether;
    std::int32_t sums[kTogether] = {};
    for (int p = 0; p < step.pixels; ++p) {
      for (int i = 0; i < count; ++i) sums[i] += in[p * step.channels + c + i];
    }
    for (int i = 0; i < count; ++i) {
      const auto sum = static_cast<float>(sums[i] - step.pixels * step.zero_in);
      const float y = std::nearbyint(sum * step.scale) + static_cast<float>(step.zero_out);
      out[c + i] = static_cast<std::uint8_t>(y > 255 ? 255 : y > 0 ? y : 0);
    }
  }
}

}  // namespace slipway::engine
