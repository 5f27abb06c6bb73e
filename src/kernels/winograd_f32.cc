#include "kernels/winograd_f32.h"

#include <cstring>

#include "kernels/table.h"
#include "kernels/winograd_f32_isa.h"
#include "kernels/winograd_f32_panel.h"
#include "kernels/winograd_f32_tiles.h"

namespace slipway::kernels {
namespace {

struct PortableProducts : FloatProducts {
  static constexpr bool kBf16 = true;
  static constexpr bool kApart = false;  // the size of the library counts for more
};

void portable(const WinogradF32& job) {
  const auto& product = gemm_f32_variants()[0];
  run(job, PortableProducts{{product.run}}, product.panel);
}

/// The matrices G, by the row of the point.
constexpr double kOfWeights2[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
constexpr double kOfWeights4[6][3] = {
    {1.0 / 4, 0, 0},
    {-1.0 / 6, -1.0 / 6, -1.0 / 6},
    {-1.0 / 6, 1.0 / 6, -1.0 / 6},
    {1.0 / 24, 1.0 / 12, 1.0 / 6},
    {1.0 / 24, -1.0 / 12, 1.0 / 6},
    {0, 0, 1},
};

/// One weight of a point, rounded once. `weights` are those of an input and an output channel,
/// `apart` floats from one place of the window to the next.
float transformed(const WinogradF32Shape& shape, int point, const float* weights,
                  std::ptrdiff_t apart) {
  const int width = shape.tile + 2;
  const auto* g = shape.tile == 2 ? kOfWeights2 : kOfWeights4;
  double sum = 0;
  for (int u = 0; u < 3; ++u) {
    for (int v = 0; v < 3; ++v) {
      sum += g[point / width][u] * g[point % width][v] *
             static_cast<double>(weights[(u * 3 + v) * apart]);
    }
  }
  return static_cast<float>(sum);
}

/// What pack_gemm_f32 or pack_gemm_bf16 would write of a point's weights.
void pack_point(const WinogradF32Shape& shape, int panel, bool round, int point,
                const float* weights, std::byte* to) {
  const std::ptrdiff_t apart = static_cast<std::ptrdiff_t>(shape.channels) * shape.n;
  for (int n = 0; n < shape.n; n += panel) {
    const int width = panel_width(shape.n - n, panel);
    auto* const floats = reinterpret_cast<float*>(to) + width;  // behind the bias
    auto* const halves = reinterpret_cast<std::uint16_t*>(floats);
    for (int k = 0; k < channels_at(shape, point); ++k) {
      for (int j = 0; j < width && n + j < shape.n; ++j) {
        const float weight = transformed(
            shape, point, weights + static_cast<std::ptrdiff_t>(k) * shape.n + n + j, apart);
        if (round) {
          halves[(k / 2 * width + j) * 2 + k % 2] = rounded(weight);
        } else {
          floats[k * width + j] = weight;
        }
      }
    }
    to += point_panel_bytes(shape, point, width, round);
  }
}

}  // namespace

std::span<const WinogradF32Variant> winograd_f32_variants() {
  static constexpr auto kVariants = table<WinogradF32Variant>({
      {Isa::portable, false, portable, true},
      {Isa::avx2, false, winograd_f32_avx2},
      {Isa::avx512, false, winograd_f32_avx512},
      {Isa::bf16_512, true, winograd_f32_bf16_512, true},
      {Isa::neon, false, winograd_f32_neon},
  });
  return kVariants;
}

/// That of the products of the same instruction set.
int panel_of(const WinogradF32Variant& variant) {
  if (variant.rounded) {
    for (const auto& one : gemm_bf16_variants())
      if (one.isa == variant.isa) return one.panel;
  }
  for (const auto& one : gemm_f32_variants())
    if (one.isa == variant.isa) return one.panel;
  return gemm_f32_variants()[0].panel;
}

std::size_t workspace_bytes(const WinogradF32Shape& shape, int out_width, int rows, int columns) {
  // Not what these rows' blocks have, but the most that so many rows or fewer may.
  const int tiles = rows * ((out_width + shape.tile - 1) / shape.tile);
  const auto most = static_cast<int>(most_tiles(shape));
  const auto block = block_with(shape, columns, tiles < most ? tiles : most);
  return static_cast<std::size_t>(points_of(shape) * (block.in_point + block.out_point)) *
         sizeof(float);
}

std::size_t packed_bytes(const WinogradF32Variant& variant, const WinogradF32Shape& shape) {
  std::size_t bytes = bias_bytes(shape);
  for (int point = 0; point < points_of(shape); ++point)
    bytes += point_bytes(shape, point, panel_of(variant), variant.rounded);
  return bytes;
}

void pack_winograd_f32(const WinogradF32Variant& variant, const WinogradF32Shape& shape,
                       const float* weights, const float* bias, std::byte* to) {
  const int panel = panel_of(variant);
  std::memset(to, 0, packed_bytes(variant, shape));
  if (bias != nullptr) std::memcpy(to, bias, static_cast<std::size_t>(shape.n) * sizeof(float));
  to += bias_bytes(shape);
  for (int point = 0; point < points_of(shape); ++point) {
    pack_point(shape, panel, variant.rounded, point, weights, to);
    to += point_bytes(shape, point, panel, variant.rounded);
  }
}

}  // namespace slipway::kernels
