#include "kernels/gemm_u8.h"

#include <cstring>

#include "kernels/gemm_u8_isa.h"
#include "kernels/gemm_u8_panel.h"
#include "kernels/gemm_u8_split.h"
#include "kernels/gemm_u8_words.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

constexpr int kPanel = 16;

/// A panel as it lies in memory.
struct Panel {
  explicit Panel(const std::byte* at, const GemmU8Shape& shape) {
    std::memcpy(&header, at, sizeof header);
    std::memcpy(bias, at + sizeof header, sizeof bias);
    std::memcpy(first, at + sizeof header + sizeof bias, sizeof first);
    std::memcpy(second, at + sizeof header + 2 * sizeof bias, sizeof second);
    weights = reinterpret_cast<const std::int8_t*>(at + sizeof header + constants_bytes(kPanel));
    extras = at + panel_bytes(shape, kPanel, 0);
  }

  PanelHeader header;
  std::int32_t bias[kPanel];
  std::uint32_t first[kPanel];
  std::uint32_t second[kPanel];
  const std::int8_t* weights;
  const std::byte* extras;
};

/// Sums wrap, as those of vectors do.
std::uint32_t sum_of(const GemmU8& job, const Panel& panel, int row, int column) {
  const auto& shape = job.shape;
  const int quads = quads_of(shape);
  auto sum = static_cast<std::uint32_t>(panel.bias[column]);
  if (panel.header.kind == static_cast<std::int32_t>(Requantize::magic)) sum -= kMagicBits;
  const auto add = [&](int segment, int k, std::int8_t weight) {
    sum += static_cast<std::uint32_t>(job.a[segment][row * job.a_stride + k] * weight);
  };
  for (int s = 0; s < shape.segments; ++s) {
    for (int k = 0; k < shape.segment_bytes; ++k)
      add(s, k, panel.weights[((s * quads + k / 4) * kPanel + column) * 4 + k % 4]);
  }
  for (int e = 0; e < panel.header.extras; ++e) {
    const std::byte* at = panel.extras + static_cast<std::size_t>(e) * extra_bytes(kPanel);
    PanelExtra extra;
    std::memcpy(&extra, at, sizeof extra);
    const auto* weights = reinterpret_cast<const std::int8_t*>(at + sizeof extra) + column * 4;
    for (int i = 0; i < 4 && extra.byte + i < shape.segment_bytes; ++i)
      add(extra.segment, extra.byte + i, weights[i]);
  }
  return sum;
}

/// What becomes of one sum of the job's column `n`, number `column` of its panel.
void finish(const GemmU8& job, const Panel& panel, int row, int n, int column, std::int32_t sum) {
  const std::ptrdiff_t at = row * job.c_stride + n;
  if (job.shape.output == GemmOutput::sums) {
    job.sums[at] = sum;
    return;
  }
  const ScaleWords words{panel.first[column], panel.second[column]};
  if (job.shape.output == GemmOutput::floats) {
    job.y[at] = static_cast<float>(sum) * std::bit_cast<float>(words.first);
    return;
  }
  const auto byte =
      requantize_as(static_cast<Requantize>(panel.header.kind), sum, words, job.requantization);
  job.c[at] = byte;
  if (job.shape.output == GemmOutput::bytes) return;
  const auto residual = job.residual[row * job.residual_stride + n];
  if (job.addition.table) {
    const std::byte* table = job.panels + directory_bytes(job.shape, kPanel);
    std::memcpy(&job.c[at], table + byte * 256 + residual, 1);
  } else {
    job.c[at] = add(byte, residual, job.addition);
  }
}

void portable(const GemmU8& job) {
  for (int n = 0; n < columns_of(job); n += kPanel) {
    std::uint64_t begin;
    std::memcpy(&begin, job.panels + (job.first + n) / kPanel * 8, sizeof begin);
    const Panel panel(job.panels + begin, job.shape);
    const int width = columns_of(job) - n < kPanel ? columns_of(job) - n : kPanel;
    for (int i = 0; i < job.m; ++i) {
      for (int j = 0; j < width; ++j)
        finish(job, panel, i, n + j, j, static_cast<std::int32_t>(sum_of(job, panel, i, j)));
    }
  }
}

}  // namespace

std::span<const GemmU8Variant> gemm_u8_variants() {
  static constexpr auto kVariants = table<GemmU8Variant>({
      {Isa::portable, kPanel, GemmU8Operands::bytes, portable},
      {Isa::avx2, 16, GemmU8Operands::saturated, gemm_u8_avx2, true},
      {Isa::avx2, 16, GemmU8Operands::words, gemm_u8_words_avx2},
      {Isa::avx_vnni, 16, GemmU8Operands::bytes, gemm_u8_avx_vnni},
      {Isa::vnni512, 32, GemmU8Operands::bytes, gemm_u8_vnni512},
      {Isa::amx, 32, GemmU8Operands::bytes, gemm_u8_amx, true},
      {Isa::neon, 8, GemmU8Operands::less_128, gemm_u8_neon},
      {Isa::dotprod, 8, GemmU8Operands::less_128, gemm_u8_dotprod},
  });
  return kVariants;
}

std::string_view name_of(const GemmU8Variant& variant) {
  return variant.operands == GemmU8Operands::words ? "avx2 words" : name_of(variant.isa);
}

std::size_t workspace_bytes(const GemmU8Variant& variant, const GemmU8Shape& shape, int m,
                            std::ptrdiff_t a_stride) {
  if (m < 1) return 0;
  if (variant.operands == GemmU8Operands::saturated)
    return static_cast<std::size_t>(split_block(shape, m).bytes);
  if (variant.operands != GemmU8Operands::words) return 0;
  return weight_bytes(widened(shape), variant.panel) +
         words_block(shape, m, a_stride).bytes(shape.segments);
}

}  // namespace slipway::kernels
