#include "kernels/gemm_f32.h"

#include <cstring>

#include "kernels/gemm_f32_isa.h"
#include "kernels/gemm_f32_panel.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

constexpr int kPortablePanel = 16;

/// What becomes of one sum.
float finish(const GemmF32& job, int row, int column, float sum) {
  if (job.residual != nullptr) sum += job.residual[row * job.residual_stride + column];
  if (sum < job.low) sum = job.low;
  if (sum > job.high) sum = job.high;
  return sum;
}

/// kWidth columns of `rows` rows: the sums stay in registers whatever the compiler's vectors are.
template <int kWidth>
void portable_panel(const GemmF32& job, const float* panel, int n) {
  const auto& shape = job.shape;
  const int columns = shape.n - n < kWidth ? shape.n - n : kWidth;
  for (int i = 0; i < job.m; ++i) {
    float sums[kWidth];
    std::memcpy(sums, panel, sizeof sums);
    const float* weights = panel + kWidth;
    for (int s = 0; s < shape.segments; ++s) {
      const float* row = job.a[s] + i * job.a_stride;
      for (int k = 0; k < shape.segment_floats; ++k, weights += kWidth)
        for (int j = 0; j < kWidth; ++j) sums[j] += row[k] * weights[j];
    }
    for (int j = 0; j < columns; ++j)
      job.c[i * job.c_stride + n + j] = finish(job, i, n + j, sums[j]);
  }
}

void portable(const GemmF32& job) {
  const std::byte* at = job.panels;
  for (int n = 0; n < job.shape.n; n += kPortablePanel) {
    const int width = panel_width(job.shape.n - n, kPortablePanel);
    const auto* panel = reinterpret_cast<const float*>(at);
    width == kPortablePanel ? portable_panel<kPortablePanel>(job, panel, n)
                            : portable_panel<kPortablePanel / 2>(job, panel, n);
    at += panel_bytes(job.shape, width);
  }
}

}  // namespace

std::span<const GemmF32Variant> gemm_f32_variants() {
  static constexpr auto kVariants = table<GemmF32Variant>({
      {Isa::portable, kPortablePanel, portable},
      {Isa::avx2, kGemmF32PanelAvx2, gemm_f32_avx2},
      {Isa::avx512, kGemmF32PanelAvx512, gemm_f32_avx512},
      {Isa::neon, kGemmF32PanelNeon, gemm_f32_neon},
  });
  return kVariants;
}

std::size_t packed_bytes(const GemmF32Variant& variant, const GemmF32Shape& shape) {
  std::size_t bytes = 0;
  for (int n = 0; n < shape.n; n += variant.panel)
    bytes += panel_bytes(shape, panel_width(shape.n - n, variant.panel));
  return bytes;
}

std::size_t panel_offset(const GemmF32Variant& variant, const GemmF32Shape& shape, int n) {
  return static_cast<std::size_t>(n / variant.panel) * panel_bytes(shape, variant.panel);
}

void pack_gemm_f32(const GemmF32Variant& variant, const GemmF32Shape& shape, const float* weights,
                   const float* bias, std::byte* to) {
  const std::size_t depth = depth_of(shape);
  const auto row = static_cast<std::size_t>(shape.n);
  for (int n = 0; n < shape.n; n += variant.panel) {
    const int left = shape.n - n;
    const int width = panel_width(left, variant.panel);
    const auto filled = static_cast<std::size_t>(left < width ? left : width) * sizeof(float);
    const std::size_t line = static_cast<std::size_t>(width) * sizeof(float);
    std::memset(to, 0, panel_bytes(shape, width));
    if (bias != nullptr) std::memcpy(to, bias + n, filled);
    for (std::size_t k = 0; k < depth; ++k)
      std::memcpy(to + (1 + k) * line, weights + k * row + n, filled);
    to += panel_bytes(shape, width);
  }
}

}  // namespace slipway::kernels
