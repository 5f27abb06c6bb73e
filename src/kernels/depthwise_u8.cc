#include "kernels/depthwise_u8.h"

#include <cstring>

#include "kernels/depthwise_u8_isa.h"
#include "kernels/depthwise_u8_panel.h"

namespace slipway::kernels {
namespace {

/// Constants of the portable variant: bias, scale and offset of a channel, then its nine weights
/// and three zeros.
constexpr std::size_t kPlainBytes = 24;

std::int32_t sum_at(const DepthwiseU8& job, const std::int8_t* weights, int c, int row, int x) {
  std::int32_t sum = 0;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const int y = row * job.shape.stride + i - job.pad_top;
      const int col = x * job.shape.stride + j - job.pad_left;
      const bool inside = y >= 0 && y < job.height && col >= 0 && col < job.width;
      const std::ptrdiff_t at =
          (static_cast<std::ptrdiff_t>(y) * job.width + col) * job.shape.channels + c;
      sum += (inside ? job.in[at] : job.outside) * weights[i * 3 + j];
    }
  }
  return sum;
}

void portable(const DepthwiseU8& job) {
  const std::int32_t start = job.requantization.kind == Requantize::magic ? kMagicBits : 0;
  for (int row = job.first_row; row < job.last_row; ++row) {
    for (int x = 0; x < job.out_width; ++x) {
      std::uint8_t* to =
          job.out + (static_cast<std::ptrdiff_t>(row) * job.out_width + x) * job.shape.channels;
      for (int c = 0; c < job.shape.channels; ++c) {
        const std::byte* constants = job.panels + static_cast<std::size_t>(c) * kPlainBytes;
        ChannelScale channel;
        std::memcpy(&channel, constants, 12);
        std::int8_t weights[9];
        std::memcpy(weights, constants + 12, 9);
        const auto sum = static_cast<std::uint32_t>(channel.bias) -
                         static_cast<std::uint32_t>(start) +
                         static_cast<std::uint32_t>(sum_at(job, weights, c, row, x));
        to[c] = requantize(static_cast<std::int32_t>(sum), channel, job.requantization);
      }
    }
  }
}

}  // namespace

std::span<const DepthwiseU8Variant> depthwise_u8_variants() {
  static constexpr DepthwiseU8Variant kVariants[] = {
    {Isa::portable, false, portable},
#if defined(__x86_64__)
    {Isa::vnni512, true, depthwise_u8_vnni512},
#endif
  };
  return kVariants;
}

std::size_t packed_bytes(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape) {
  if (!variant.grouped) return static_cast<std::size_t>(shape.channels) * kPlainBytes;
  std::size_t slots = 0;
  for (int c = 0; c < shape.channels; c += depthwise_group(c, shape.channels))
    slots += static_cast<std::size_t>(depthwise_group(c, shape.channels));
  return slots * kDepthwiseBytes;
}

void pack_depthwise_u8(const DepthwiseU8Variant& variant, const DepthwiseU8Shape& shape,
                       const std::int8_t* weights, const ChannelScale* channels, Requantize kind,
                       std::byte* to) {
  std::memset(to, 0, packed_bytes(variant, shape));
  const std::int32_t start = kind == Requantize::magic ? kMagicBits : 0;
  int first = 0;
  int width = depthwise_group(0, shape.channels);
  for (int c = 0; c < shape.channels; ++c) {
    ChannelScale channel = channels[c];
    channel.bias += start;
    if (!variant.grouped) {
      std::memcpy(to, &channel, 12);
      for (int t = 0; t < 9; ++t) std::memcpy(to + 12 + t, weights + t * shape.channels + c, 1);
      to += kPlainBytes;
      continue;
    }
    if (c == first + width) {
      to += static_cast<std::size_t>(width) * kDepthwiseBytes;
      first = c;
      width = depthwise_group(c, shape.channels);
    }
    const auto v = static_cast<std::size_t>(width) * 4;
    std::byte* at = to + static_cast<std::size_t>(depthwise_slot(c - first, width)) * 4;
    std::memcpy(at, &channel.bias, 4);
    std::memcpy(at + v, &channel.scale, 4);
    std::memcpy(at + 2 * v, &channel.offset, 4);
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::size_t t = 0; t < 9; ++t) {
        const std::int8_t* weight = weights + static_cast<int>(t) * shape.channels + c;
        std::memcpy(at + (3 + k * 3 + t % 3) * v + t / 3 + k, weight, 1);
      }
    }
  }
}

}  // namespace slipway::kernels
