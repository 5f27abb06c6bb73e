#include "kernels/gemm_u8.h"

#include <cstring>

#include "kernels/gemm_u8_isa.h"
#include "kernels/gemm_u8_panel.h"

namespace slipway::kernels {
namespace {

constexpr int kPortablePanel = 16;

/// What becomes of one sum.
void finish(const GemmU8& job, int row, int column, std::int32_t sum, const ChannelScale& channel) {
  const std::ptrdiff_t at = row * job.c_stride + column;
  if (job.shape.output == GemmOutput::floats) {
    job.y[at] = static_cast<float>(sum) * channel.scale;
    return;
  }
  job.c[at] = requantize(sum, channel, job.requantization);
  if (job.shape.output == GemmOutput::bytes) return;
  job.c[at] = add(job.c[at], job.residual[row * job.residual_stride + column], job.addition);
}

void portable(const GemmU8& job) {
  const auto& shape = job.shape;
  const int quads = quads_of(shape);
  for (int n = 0; n < shape.n; n += kPortablePanel) {
    const std::byte* panel = job.panels + static_cast<std::size_t>(n / kPortablePanel) *
                                              panel_bytes(shape, kPortablePanel);
    std::int32_t bias[kPortablePanel];
    float scale[kPortablePanel];
    float offset[kPortablePanel];
    std::memcpy(bias, panel, sizeof bias);
    std::memcpy(scale, panel + sizeof bias, sizeof scale);
    std::memcpy(offset, panel + 2 * sizeof bias, sizeof offset);
    const auto* weights =
        reinterpret_cast<const std::int8_t*>(panel + constants_bytes(kPortablePanel));
    const int width = shape.n - n < kPortablePanel ? shape.n - n : kPortablePanel;
    const std::int32_t start = job.requantization.kind == Requantize::magic ? kMagicBits : 0;
    for (int i = 0; i < job.m; ++i) {
      for (int j = 0; j < width; ++j) {
        auto sum = static_cast<std::uint32_t>(bias[j]) - static_cast<std::uint32_t>(start);
        for (int s = 0; s < shape.segments; ++s) {
          const std::uint8_t* row = job.a[s] + i * job.a_stride;
          for (int k = 0; k < shape.segment_bytes; ++k) {
            const int at = ((s * quads + k / 4) * kPortablePanel + j) * 4 + k % 4;
            sum += static_cast<std::uint32_t>(row[k] * weights[at]);  // wraps, as vectors do
          }
        }
        finish(job, i, n + j, static_cast<std::int32_t>(sum), {0, scale[j], offset[j]});
      }
    }
  }
}

}  // namespace

std::span<const GemmU8Variant> gemm_u8_variants() {
  static constexpr GemmU8Variant kVariants[] = {
    {Isa::portable, kPortablePanel, portable},
#if defined(__x86_64__)
    {Isa::vnni512, 32, gemm_u8_vnni512},
#endif
  };
  return kVariants;
}

std::size_t packed_bytes(const GemmU8Variant& variant, const GemmU8Shape& shape) {
  std::size_t bytes = 0;
  for (int n = 0; n < shape.n; n += variant.panel)
    bytes += panel_bytes(shape, panel_width(n, shape, variant.panel));
  return bytes;
}

std::size_t panel_offset(const GemmU8Variant& variant, const GemmU8Shape& shape, int n) {
  return static_cast<std::size_t>(n / variant.panel) * panel_bytes(shape, variant.panel);
}

void pack_gemm_u8(const GemmU8Variant& variant, const GemmU8Shape& shape,
                  const std::int8_t* weights, const ChannelScale* channels, Requantize kind,
                  std::byte* to) {
  std::memset(to, 0, packed_bytes(variant, shape));
  const int quads = quads_of(shape);
  const std::int32_t start = kind == Requantize::magic ? kMagicBits : 0;
  const bool split = variant.panel == 32 && shape.output != GemmOutput::floats;
  for (int n = 0; n < shape.n; ++n) {
    const int first = n / variant.panel * variant.panel;
    const int width = panel_width(first, shape, variant.panel);
    std::byte* panel =
        to + static_cast<std::size_t>(n / variant.panel) * panel_bytes(shape, variant.panel);
    const std::size_t column = static_cast<std::size_t>(width) * 4;
    const std::size_t at = static_cast<std::size_t>(slot_of(n - first, width, split)) * 4;
    const std::int32_t bias = channels[n].bias + start;
    std::memcpy(panel + at, &bias, 4);
    std::memcpy(panel + column + at, &channels[n].scale, 4);
    std::memcpy(panel + 2 * column + at, &channels[n].offset, 4);
    std::byte* quad = panel + constants_bytes(width);
    for (int s = 0; s < shape.segments; ++s) {
      for (int k = 0; k < shape.segment_bytes; ++k) {
        const auto row = static_cast<std::size_t>(s * quads + k / 4);
        const std::int8_t* from = weights + (s * shape.segment_bytes + k) * shape.n + n;
        std::memcpy(quad + row * column + at + static_cast<std::size_t>(k % 4), from, 1);
      }
    }
  }
}

}  // namespace slipway::kernels
