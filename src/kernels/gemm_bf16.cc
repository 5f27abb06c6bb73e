#include "kernels/gemm_bf16.h"

#include <cstring>

#include "kernels/gemm_bf16_isa.h"
#include "kernels/gemm_bf16_panel.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

constexpr int kPortablePanel = 16;

void portable_row(const GemmBf16& bf16, const std::byte* panel, int width, int n, int i) {
  const auto& job = bf16.product;
  const auto& shape = job.shape;
  const auto filled = static_cast<std::size_t>(width);
  float sums[kPortablePanel];
  std::memcpy(sums, panel, filled * sizeof(float));
  const auto* weights = reinterpret_cast<const std::uint16_t*>(panel + filled * sizeof(float));
  for (int s = 0; s < shape.segments; ++s) {
    const std::ptrdiff_t row = i * job.a_stride;
    for (int k = 0; k < shape.segment_floats; ++k) {
      const float a = widened(bf16.rounded_a != nullptr ? bf16.rounded_a[s][row + k]
                                                        : rounded(job.a[s][row + k]));
      const std::uint16_t* w =
          weights + (std::ptrdiff_t{s} * pairs_of(shape) + k / 2) * width * 2 + k % 2;
      for (int j = 0; j < width; ++j) sums[j] += a * widened(w[2 * j]);
    }
  }
  for (int j = 0; j < width && n + j < shape.n; ++j) {
    float sum = sums[j];
    const std::ptrdiff_t residual = i * job.residual_stride + n + j;
    if (job.residual != nullptr) sum += job.residual[residual];
    if (bf16.rounded_residual != nullptr) sum += widened(bf16.rounded_residual[residual]);
    if (sum < job.low) sum = job.low;
    if (sum > job.high) sum = job.high;
    const std::ptrdiff_t at = i * job.c_stride + n + j;
    if (bf16.rounded_c != nullptr) {
      bf16.rounded_c[at] = rounded(sum);
    } else {
      job.c[at] = sum;
    }
  }
}

void portable(const GemmBf16& bf16) {
  const auto& job = bf16.product;
  const std::byte* panel = job.panels;
  for (int n = 0; n < job.shape.n; n += kPortablePanel) {
    const int width = panel_width(job.shape.n - n, kPortablePanel);
    for (int i = 0; i < job.m; ++i) portable_row(bf16, panel, width, n, i);
    panel += paired_bytes(job.shape, width);
  }
}

}  // namespace

std::span<const GemmBf16Variant> gemm_bf16_variants() {
  static constexpr auto kVariants = table<GemmBf16Variant>({
      {Isa::portable, kPortablePanel, portable},
      {Isa::bf16_512, kGemmBf16Panel512, gemm_bf16_bf16_512},
      {Isa::amx, kGemmBf16Panel512, gemm_bf16_amx, true},
  });
  return kVariants;
}

std::size_t workspace_bytes(const GemmBf16Variant& variant, const GemmF32Shape& shape, int m,
                            std::ptrdiff_t a_stride) {
  if (variant.isa == Isa::portable || m < 1) return 0;
  return static_cast<std::size_t>(rounded_rows(shape, m, a_stride).segment * shape.segments) * 2;
}

std::size_t packed_bytes(const GemmBf16Variant& variant, const GemmF32Shape& shape) {
  std::size_t bytes = 0;
  for (int n = 0; n < shape.n; n += variant.panel)
    bytes += paired_bytes(shape, panel_width(shape.n - n, variant.panel));
  return bytes;
}

std::size_t panel_offset(const GemmBf16Variant& variant, const GemmF32Shape& shape, int n) {
  return static_cast<std::size_t>(n / variant.panel) * paired_bytes(shape, variant.panel);
}

void pack_gemm_bf16(const GemmBf16Variant& variant, const GemmF32Shape& shape, const float* weights,
                    const float* bias, std::byte* to) {
  std::memset(to, 0, packed_bytes(variant, shape));
  for (int n = 0; n < shape.n; n += variant.panel) {
    const int width = panel_width(shape.n - n, variant.panel);
    for (int j = 0; j < width && n + j < shape.n; ++j) {
      if (bias != nullptr) std::memcpy(to + 4 * j, bias + n + j, 4);
      auto* first = reinterpret_cast<std::uint16_t*>(to) + 2 * (width + j);
      for (int s = 0; s < shape.segments; ++s) {
        for (int k = 0; k < shape.segment_floats; ++k) {
          const std::ptrdiff_t row = std::ptrdiff_t{s} * shape.segment_floats + k;
          const std::ptrdiff_t pair = std::ptrdiff_t{s} * pairs_of(shape) + k / 2;
          first[pair * width * 2 + k % 2] = rounded(weights[row * shape.n + n + j]);
        }
      }
    }
    to += paired_bytes(shape, width);
  }
}

}  // namespace slipway::kernels
