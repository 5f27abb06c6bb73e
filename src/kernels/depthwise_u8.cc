#include "kernels/depthwise_u8.h"

#include <cstring>

#include "kernels/depthwise_u8_isa.h"
#include "kernels/depthwise_u8_panel.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

/// Sums wrap, as those of vectors do.
std::uint32_t sum_at(const DepthwiseU8& job, const std::byte* weights, int c, int row, int x) {
  const auto& shape = job.shape;
  std::uint32_t sum = 0;
  for (int i = 0; i < shape.kernel_y; ++i) {
    for (int j = 0; j < shape.kernel_x; ++j) {
      const int y = row * shape.stride_y + i * shape.dilation_y - job.pad_top;
      const int col = x * shape.stride_x + j * shape.dilation_x - job.pad_left;
      const bool inside = y >= 0 && y < job.height && col >= 0 && col < job.width;
      const std::ptrdiff_t at =
          (static_cast<std::ptrdiff_t>(y) * job.width + col) * job.in_stride + c;
      std::int16_t weight;
      std::memcpy(&weight, weights + static_cast<std::ptrdiff_t>(i * shape.kernel_x + j) * 2, 2);
      sum += static_cast<std::uint32_t>((inside ? job.in[at] : job.outside) * weight);
    }
  }
  return sum;
}

void portable(const DepthwiseU8& job) {
  const int channels = job.shape.channels;
  const std::size_t bytes =
      sizeof(PlainChannel) + static_cast<std::size_t>(job.shape.kernel_y * job.shape.kernel_x) * 2;
  for (int row = job.first_row; row < job.last_row; ++row) {
    for (int x = 0; x < job.out_width; ++x) {
      std::uint8_t* to =
          job.out + (static_cast<std::ptrdiff_t>(row) * job.out_width + x) * job.out_stride;
      for (int c = 0; c < channels; ++c) {
        const std::byte* constants = job.panels + static_cast<std::size_t>(c) * bytes;
        PlainChannel channel;
        std::memcpy(&channel, constants, sizeof channel);
        const auto sum = static_cast<std::uint32_t>(channel.bias) +
                         sum_at(job, constants + sizeof channel, c, row, x);
        to[c] = requantize_as(static_cast<Requantize>(channel.kind), static_cast<std::int32_t>(sum),
                              channel.words, job.requantization);
      }
    }
  }
}

}  // namespace

std::span<const DepthwiseU8Variant> depthwise_u8_variants() {
  static constexpr auto kVariants = table<DepthwiseU8Variant>({
      {Isa::portable, 0, false, false, false, false, false, portable},
      {Isa::avx2, 32, false, true, true, false, false, depthwise_u8_avx2},
      {Isa::avx_vnni, 32, true, false, false, false, false, depthwise_u8_avx_vnni},
      {Isa::vnni512, 64, true, false, false, false, true, depthwise_u8_vnni512},
      {Isa::neon, 16, true, false, false, true, false, depthwise_u8_neon},
      {Isa::dotprod, 16, true, false, false, true, false, depthwise_u8_dotprod},
  });
  return kVariants;
}

}  // namespace slipway::kernels
