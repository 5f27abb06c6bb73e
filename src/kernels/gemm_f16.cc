#include "kernels/gemm_f16.h"

#include <cstring>

#include "kernels/f16.h"
#include "kernels/gemm_f16_isa.h"
#include "kernels/gemm_f16_panel.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

constexpr int kPortablePanel = 16;

void portable_row(const GemmF32& job, const std::byte* panel, int width, int n, int i) {
  const auto& shape = job.shape;
  const auto filled = static_cast<std::size_t>(width);
  float sums[kPortablePanel];
  std::uint16_t parts[kPortablePanel] = {};
  std::memcpy(sums, panel, filled * sizeof(float));
  const auto* weights = reinterpret_cast<const std::uint16_t*>(panel + filled * sizeof(float));
  int left = kHalfChunk;
  const auto add_parts = [&] {
    for (int j = 0; j < width; ++j) sums[j] += float_of(parts[j]);
    std::memset(parts, 0, sizeof parts);
    left = kHalfChunk;
  };
  for (int s = 0; s < shape.segments; ++s) {
    const float* row = job.a[s] + i * job.a_stride;
    for (int k = 0; k < shape.segment_floats; ++k, weights += width) {
      const std::uint16_t a = half_of(static_cast<double>(row[k]));
      for (int j = 0; j < width; ++j) parts[j] = fused_half(a, weights[j], parts[j]);
      if (--left == 0) add_parts();
    }
  }
  if (left != kHalfChunk) add_parts();
  for (int j = 0; j < width && n + j < shape.n; ++j) {
    float sum = sums[j];
    if (job.residual != nullptr) sum += job.residual[i * job.residual_stride + n + j];
    if (sum < job.low) sum = job.low;
    if (sum > job.high) sum = job.high;
    job.c[i * job.c_stride + n + j] = sum;
  }
}

void portable(const GemmF16& half) {
  const auto& job = half.product;
  const std::byte* panel = job.panels;
  for (int n = 0; n < job.shape.n; n += kPortablePanel) {
    const int width = panel_width(job.shape.n - n, kPortablePanel);
    for (int i = 0; i < job.m; ++i) portable_row(job, panel, width, n, i);
    panel += half_panel_bytes(job.shape, width);
  }
}

}  // namespace

std::span<const GemmF16Variant> gemm_f16_variants() {
  static constexpr auto kVariants = table<GemmF16Variant>({
      {Isa::portable, kPortablePanel, portable},
      {Isa::fp16_512, kGemmF16PanelFp16512, gemm_f16_fp16_512},
      {Isa::fp16, kGemmF16PanelFp16, gemm_f16_fp16},
  });
  return kVariants;
}

std::size_t workspace_bytes(const GemmF16Variant& variant, const GemmF32Shape& shape, int m,
                            std::ptrdiff_t a_stride) {
  if (variant.isa == Isa::portable || m < 1) return 0;
  return half_rows(shape, m, a_stride).bytes(shape.segments);
}

std::size_t packed_bytes(const GemmF16Variant& variant, const GemmF32Shape& shape) {
  std::size_t bytes = 0;
  for (int n = 0; n < shape.n; n += variant.panel)
    bytes += half_panel_bytes(shape, panel_width(shape.n - n, variant.panel));
  return bytes;
}

std::size_t panel_offset(const GemmF16Variant& variant, const GemmF32Shape& shape, int n) {
  return static_cast<std::size_t>(n / variant.panel) * half_panel_bytes(shape, variant.panel);
}

void pack_gemm_f16(const GemmF16Variant& variant, const GemmF32Shape& shape, const float* weights,
                   const float* bias, std::byte* to) {
  std::memset(to, 0, packed_bytes(variant, shape));
  const auto depth = static_cast<std::ptrdiff_t>(depth_of(shape));
  for (int n = 0; n < shape.n; n += variant.panel) {
    const int width = panel_width(shape.n - n, variant.panel);
    auto* first = reinterpret_cast<std::uint16_t*>(to) + 2 * std::ptrdiff_t{width};
    for (int j = 0; j < width && n + j < shape.n; ++j) {
      if (bias != nullptr) std::memcpy(to + 4 * j, bias + n + j, 4);
      for (std::ptrdiff_t k = 0; k < depth; ++k)
        first[k * width + j] = half_of(static_cast<double>(weights[k * shape.n + n + j]));
    }
    to += half_panel_bytes(shape, width);
  }
}

}  // namespace slipway::kernels
