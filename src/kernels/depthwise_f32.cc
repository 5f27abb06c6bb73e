#include "kernels/depthwise_f32.h"

#include <cstring>

#include "kernels/bf16.h"
#include "kernels/depthwise_f32_isa.h"
#include "kernels/depthwise_f32_panel.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

constexpr int kPortableGroup = 8;

/// `kPortableGroup` channels of one output.
void portable_point(const DepthwiseF32& job, const float* constants, int c, int row, int x) {
  const auto& shape = job.shape;
  const int left = shape.channels - c;
  const int exist = left < kPortableGroup ? left : kPortableGroup;
  const int top = row * shape.stride_y - job.pad_top;
  const int begin = x * shape.stride_x - job.pad_left;
  const auto ys = met(top, shape.kernel_y, shape.dilation_y, job.height);
  const auto xs = met(begin, shape.kernel_x, shape.dilation_x, job.width);
  float sums[kPortableGroup];
  std::memcpy(sums, constants, sizeof sums);
  for (int i = ys.first; i < ys.last; ++i) {
    for (int j = xs.first; j < xs.last; ++j) {
      const std::ptrdiff_t pixel =
          static_cast<std::ptrdiff_t>(top + i * shape.dilation_y) * job.width + begin +
          j * shape.dilation_x;
      const std::ptrdiff_t at = pixel * job.in_stride + c;
      const float* weights = constants + (1 + i * shape.kernel_x + j) * kPortableGroup;
      for (int k = 0; k < exist; ++k) {
        const float in =
            job.rounded_in != nullptr ? widened(job.rounded_in[at + k]) : job.in[at + k];
        sums[k] += in * weights[k];
      }
    }
  }
  const std::ptrdiff_t to =
      (static_cast<std::ptrdiff_t>(row) * job.out_width + x) * job.out_stride + c;
  for (int k = 0; k < exist; ++k) {
    float sum = sums[k];
    if (sum < job.low) sum = job.low;
    if (sum > job.high) sum = job.high;
    if (job.rounded_out != nullptr) {
      job.rounded_out[to + k] = rounded(sum);
    } else {
      job.out[to + k] = sum;
    }
  }
}

void portable(const DepthwiseF32& job) {
  for (int row = job.first_row; row < job.last_row; ++row) {
    for (int x = 0; x < job.out_width; ++x) {
      const auto* constants = reinterpret_cast<const float*>(job.panels);
      for (int c = 0; c < job.shape.channels; c += kPortableGroup) {
        portable_point(job, constants, c, row, x);
        constants += group_floats(job.shape, kPortableGroup);
      }
    }
  }
}

/// The channels of a group where so many are left.
int group_width(const DepthwiseF32Variant& variant, int left) {
  return variant.paired && left <= variant.group / 2 ? variant.group / 2 : variant.group;
}

}  // namespace

std::span<const DepthwiseF32Variant> depthwise_f32_variants() {
  static constexpr auto kVariants = table<DepthwiseF32Variant>({
      {Isa::portable, kPortableGroup, portable},
      {Isa::avx2, 8, depthwise_f32_avx2},
      {Isa::avx512, 16, depthwise_f32_avx512},
      {Isa::neon, 4, depthwise_f32_neon},
  });
  return kVariants;
}

std::span<const DepthwiseF32Variant> depthwise_bf16_variants() {
  static constexpr auto kVariants = table<DepthwiseF32Variant>({
      {Isa::portable, kPortableGroup, portable},
      {Isa::bf16_512, 32, depthwise_f32_bf16_512, true},
  });
  return kVariants;
}

std::size_t packed_bytes(const DepthwiseF32Variant& variant, const DepthwiseF32Shape& shape) {
  std::size_t floats = 0;
  for (int c = 0; c < shape.channels; c += variant.group)
    floats += group_floats(shape, group_width(variant, shape.channels - c));
  return floats * sizeof(float);
}

void pack_depthwise_f32(const DepthwiseF32Variant& variant, const DepthwiseF32Shape& shape,
                        const float* weights, const float* bias, std::byte* to) {
  std::memset(to, 0, packed_bytes(variant, shape));
  auto* line = reinterpret_cast<float*>(to);
  for (int c = 0; c < shape.channels; c += variant.group) {
    const int left = shape.channels - c;
    const int width = group_width(variant, left);
    const auto pack = [&](const float* from) {
      for (int k = 0; k < width && k < left; ++k)
        line[variant.paired ? k % 2 * (width / 2) + k / 2 : k] = from[c + k];
    };
    if (bias != nullptr) pack(bias);
    line += width;
    for (int k = 0; k < shape.kernel_y * shape.kernel_x; ++k, line += width)
      pack(weights + static_cast<std::ptrdiff_t>(k) * shape.channels);
  }
}

}  // namespace slipway::kernels
