#include "engine/picture_steps.h"

#include <cmath>
#include <cstring>

#include "engine/places.h"
#include "kernels/mean_u8.h"
#include "kernels/quantize_u8.h"

namespace slipway::engine {
namespace {

/// Fills elements with one value.
void fill(std::byte* to, std::size_t bytes, std::uint32_t element, std::int32_t element_bytes) {
  if (element_bytes == 1 || element == 0) {
    std::memset(to, static_cast<int>(element), bytes);
    return;
  }
  const auto each = static_cast<std::size_t>(element_bytes);
  for (std::size_t i = 0; i + each <= bytes; i += each) std::memcpy(to + i, &element, each);
}

std::ptrdiff_t in_pixels(const Sliding& window) {
  return std::ptrdiff_t{window.height} * window.width;
}

std::ptrdiff_t out_pixels(const Sliding& window) {
  return std::ptrdiff_t{window.out_height} * window.out_width;
}

/// `kBytes` of a pixel at a time: pixels are too small for calls.
template <std::size_t kBytes>
void copy_pixels(std::byte* to, std::size_t to_stride, const std::byte* from,
                 std::size_t from_stride, std::size_t count, std::size_t pixel) {
  for (; count > 0; --count, to += to_stride, from += from_stride)
    for (std::size_t i = 0; i < pixel; i += kBytes) std::memcpy(to + i, from + i, kBytes);
}

void copy_pixels(std::byte* to, std::size_t to_stride, const std::byte* from,
                 std::size_t from_stride, std::size_t count, std::size_t pixel) {
  if (to_stride == pixel && from_stride == pixel) {
    std::memcpy(to, from, count * pixel);
  } else if (pixel % 16 == 0) {
    copy_pixels<16>(to, to_stride, from, from_stride, count, pixel);
  } else if (pixel % 4 == 0) {
    copy_pixels<4>(to, to_stride, from, from_stride, count, pixel);
  } else if (pixel % 2 == 0) {
    copy_pixels<2>(to, to_stride, from, from_stride, count, pixel);
  } else {
    copy_pixels<1>(to, to_stride, from, from_stride, count, pixel);
  }
}

/// Calls `rows(picture, first row, behind the last)` for the pictures that some units are of, each
/// unit a row of the output.
template <class Rows>
void each_picture(const Sliding& window, int first, int last, const Rows& rows) {
  while (first < last) {
    const int picture = first / window.out_height;
    const int begin = picture * window.out_height;
    const int behind = begin + window.out_height < last ? window.out_height : last - begin;
    rows(picture, first - begin, behind);
    first = begin + behind;
  }
}

/// Asks for the input rows of some output rows that are as much another thread's: those above the
/// first and below the last. They come from another core's cache, and a kernel that goes from
/// channel to channel would wait for each of their lines.
void fetch_neighbours(const Sliding& window, const std::byte* in, std::ptrdiff_t row_bytes,
                      int first, int last) {
  constexpr int kLine = 64;
  const auto fetch = [&](int from, int to) {
    const std::byte* at = in + (from > 0 ? from : 0) * row_bytes;
    const std::byte* const end = in + (to < window.height ? to : window.height) * row_bytes;
    for (; at < end; at += kLine) __builtin_prefetch(at, 0, 2);
  };
  const int around = window.kernel_y / 2 * window.dilation_y;
  const int begin = first * window.stride_y - window.pad_top;
  const int end = (last - 1) * window.stride_y - window.pad_top + 2 * around + 1;
  if (first > 0) fetch(begin, begin + around);
  if (last < window.out_height) fetch(end - around, end);
}

}  // namespace

void run(const DepthwiseU8Step& step, const Bases& bases, int first, int last) {
  const auto& window = step.window;
  kernels::DepthwiseU8 job;
  job.shape = depthwise_shape<kernels::DepthwiseU8Shape>(window);
  job.height = window.height;
  job.width = window.width;
  job.pad_top = window.pad_top;
  job.pad_left = window.pad_left;
  job.out_width = window.out_width;
  job.in_stride = step.in_stride;
  job.out_stride = step.out_stride;
  job.outside_row = read_at<std::uint8_t>(step.outside_row, bases);
  job.outside = static_cast<std::uint8_t>(step.outside);
  job.panels = bytes_at(step.panels, bases);
  job.requantization = step.requantization;
  const auto run_kernel = kernels::depthwise_u8_variants()[step.header.variant].run;
  each_picture(window, first, last, [&](int picture, int from, int to) {
    job.in = read_at<std::uint8_t>(step.in, bases) + picture * in_pixels(window) * step.in_stride;
    job.out =
        write_at<std::uint8_t>(step.out, bases) + picture * out_pixels(window) * step.out_stride;
    job.first_row = from;
    job.last_row = to;
    fetch_neighbours(window, reinterpret_cast<const std::byte*>(job.in),
                     window.width * step.in_stride, from, to);
    run_kernel(job);
  });
}

void run(const DepthwiseF32Step& step, const Bases& bases, int first, int last) {
  const auto& window = step.window;
  kernels::DepthwiseF32 job;
  job.shape = depthwise_shape<kernels::DepthwiseF32Shape>(window);
  job.height = window.height;
  job.width = window.width;
  job.pad_top = window.pad_top;
  job.pad_left = window.pad_left;
  job.out_width = window.out_width;
  job.in_stride = step.in_stride;
  job.out_stride = step.out_stride;
  job.panels = bytes_at(step.panels, bases);
  job.low = step.low;
  job.high = step.high;
  const bool rounded = step.rounded != 0;
  const auto variants =
      rounded ? kernels::depthwise_bf16_variants() : kernels::depthwise_f32_variants();
  const auto& variant = variants[step.header.variant];
  const std::ptrdiff_t row_bytes = window.width * step.in_stride * (rounded ? 2 : 4);
  each_picture(window, first, last, [&](int picture, int from, int to) {
    const std::ptrdiff_t in = picture * in_pixels(window) * step.in_stride;
    const std::ptrdiff_t out = picture * out_pixels(window) * step.out_stride;
    if (rounded) {
      job.rounded_in = read_at<std::uint16_t>(step.in, bases) + in;
      job.rounded_out = write_at<std::uint16_t>(step.out, bases) + out;
    } else {
      job.in = read_at<float>(step.in, bases) + in;
      job.out = write_at<float>(step.out, bases) + out;
    }
    job.first_row = from;
    job.last_row = to;
    const auto* const begin = rounded ? reinterpret_cast<const std::byte*>(job.rounded_in)
                                      : reinterpret_cast<const std::byte*>(job.in);
    fetch_neighbours(window, begin, row_bytes, from, to);
    variant.run(job);
  });
}

void run(const BorderStep& step, const Bases& bases, int first, int last) {
  const auto size = static_cast<std::size_t>(step.element_bytes);
  const std::size_t pixel = static_cast<std::size_t>(step.channels) * size;
  const auto bytes = [&](std::int64_t stride) {
    return stride == 0 ? pixel : static_cast<std::size_t>(stride) * size;
  };
  const std::size_t stride = bytes(step.in_stride);
  const std::size_t out_stride = bytes(step.out_stride);
  const std::size_t row = static_cast<std::size_t>(step.width) * stride;
  const std::size_t out_row = static_cast<std::size_t>(step.out_width) * out_stride;
  const auto left = static_cast<std::size_t>(step.pad_left);
  const int behind = step.out_width - step.pad_left;
  const auto count = static_cast<std::size_t>(behind < step.width ? behind : step.width);
  const std::size_t right = static_cast<std::size_t>(behind) - count;
  const auto outside = [&](std::byte* to, std::size_t pixels) {
    if (out_stride == pixel) return fill(to, pixels * pixel, step.outside, step.element_bytes);
    for (std::size_t i = 0; i < pixels; ++i)
      fill(to + i * out_stride, pixel, step.outside, step.element_bytes);
  };
  const std::byte* in = step.only_around == 0 ? bytes_at(step.in, bases) : nullptr;
  std::byte* to = room_at(step.out, bases) + static_cast<std::size_t>(first) * out_row;
  for (int unit = first; unit < last; ++unit, to += out_row) {
    const int from = unit % step.out_height - step.pad_top;
    if (from < 0 || from >= step.height) {
      outside(to, static_cast<std::size_t>(step.out_width));
      continue;
    }
    const auto line = static_cast<std::size_t>(unit / step.out_height * step.height + from);
    outside(to, left);
    if (step.only_around == 0)
      copy_pixels(to + left * out_stride, out_stride, in + line * row, stride, count, pixel);
    outside(to + (left + count) * out_stride, right);
  }
}

void run(const QuantizePictureStep& step, const Bases& bases, int, int) {
  kernels::quantize_u8_variants()[step.header.variant].run(
      {read_at<float>(step.in, bases), write_at<std::uint8_t>(step.out, bases), step.channels,
       step.pixels, step.channels_first != 0, step.scale, step.zero});
}

void run(const MeanU8Step& step, const Bases& bases, int, int) {
  kernels::MeanU8 job;
  job.in = read_at<std::uint8_t>(step.in, bases);
  job.out = write_at<std::uint8_t>(step.out, bases);
  job.channels = step.channels;
  job.pixels = step.pixels;
  job.bias = -step.pixels * step.zero_in;
  job.words.first = std::bit_cast<std::uint32_t>(step.scale);
  job.requantization.zero = static_cast<std::int16_t>(step.zero_out);
  kernels::mean_u8_variants()[step.header.variant].run(job);
}

}  // namespace slipway::engine
