// Compares gemm_f16 for aarch64 with its portable code, bit by bit: for a test that runs it under
// an emulator. Ends with 0, and says how many products were compared.

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernels/gemm_f16.h"

namespace {

using namespace slipway::kernels;

std::uint32_t state = 1;

int between(int low, int high) {
  state = state * 1664525U + 1013904223U;
  return low + static_cast<int>((state >> 8U) % static_cast<std::uint32_t>(high - low + 1));
}

/// From about 2^-20 to 2^4, of both signs.
float number() {
  const float fraction = static_cast<float>(between(-32768, 32767)) / 32768.0F;
  return fraction * std::bit_cast<float>(static_cast<std::uint32_t>(between(107, 131)) << 23U);
}

float* numbers(int count) {
  auto* out = static_cast<float*>(std::malloc(static_cast<std::size_t>(count) * sizeof(float)));
  for (int i = 0; i < count; ++i) out[i] = number();
  return out;
}

void* aligned(std::size_t bytes) { return std::aligned_alloc(64, (bytes + 127) / 64 * 64); }

bool same(GemmF32Shape shape, int m) {
  const int stride = between(1, shape.segment_floats + 9);
  float* segments[16];
  for (int s = 0; s < shape.segments; ++s)
    segments[s] = numbers((m - 1) * stride + shape.segment_floats);
  float* weights = numbers(shape.segments * shape.segment_floats * shape.n);
  float* bias = numbers(shape.n);
  float* residual = between(0, 1) != 0 ? numbers(m * shape.n) : nullptr;
  const auto size = static_cast<std::size_t>(m * shape.n) * sizeof(float);
  float* results[2] = {static_cast<float*>(std::malloc(size)),
                       static_cast<float*>(std::malloc(size))};
  int filled = 0;
  for (const auto& variant : gemm_f16_variants()) {
    if (!runs_here(variant.isa)) continue;
    auto* panels = static_cast<std::byte*>(aligned(packed_bytes(variant, shape)));
    pack_gemm_f16(variant, shape, weights, bias, panels);
    GemmF16 job;
    job.product = {shape, m, segments, stride, panels, results[filled++], shape.n};
    job.product.residual = residual;
    job.product.residual_stride = shape.n;
    job.product.low = -1;
    job.workspace = static_cast<std::byte*>(aligned(workspace_bytes(variant, shape, m, stride)));
    variant.run(job);
    std::free(job.workspace);
    std::free(panels);
  }
  const bool equal = filled == 2 && std::memcmp(results[0], results[1], size) == 0;
  for (int s = 0; s < shape.segments; ++s) std::free(segments[s]);
  for (float* each : {weights, bias, residual, results[0], results[1]}) std::free(each);
  return equal;
}

}  // namespace

int main() {
  int count = 0;
  for (int m = 1; m <= 40; ++m) {
    for (int i = 0; i < 4; ++i, ++count) {
      const GemmF32Shape shape{between(1, 50), between(1, 9), between(1, 40)};
      if (same(shape, m)) continue;
      std::printf("%d rows of %d columns, %d segments of %d differ\n", m, shape.n, shape.segments,
                  shape.segment_floats);
      return 1;
    }
  }
  std::printf("%d products are the same\n", count);
  return 0;
}
