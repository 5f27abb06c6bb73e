// gemm_bf16 in the matrix unit: 32 rows x 32 channels, or 64 x 16, in four of its registers.

#include "kernels/gemm_bf16_rows.h"
#include "kernels/tiles_amx.h"

namespace slipway::kernels {
namespace {

constexpr int kWidth = kGemmBf16Panel512;

struct Pairs {
  template <int kSums, int kA, int kW>
  static SLIPWAY_INLINE void multiply() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kW));
  }
};

/// Segments of an odd number of floats end with half a pair. What lies behind may be no number, so
/// that zero weights would not do. `weights`: of the first such pair.
template <int kOf>
__attribute__((noinline)) void add_odd(const GemmBf16& bf16, const Rows& rows,
                                       const std::byte* weights, int row, int count, float* sums) {
  const auto& shape = bf16.product.shape;
  const std::ptrdiff_t segment = std::ptrdiff_t{pairs_of(shape)} * (64 * kOf);
  weights += segment - 64 * kOf;
  for (int s = 0; s < shape.segments; ++s, weights += segment) {
    const std::uint16_t* from = rows.of(s) + row * rows.stride + shape.segment_floats - 1;
    for (int i = 0; i < count; ++i) {
      const auto a = Floats::all(widened(from[i * rows.stride]));
      for (int v = 0; v < kOf; ++v) {
        const __m512i w = _mm512_slli_epi32(_mm512_load_si512(weights + 64 * v), 16);
        float* const sum = sums + (i * kOf + v) * Floats::kLanes;
        Floats::store(sum, Floats::fused(a, _mm512_castsi512_ps(w), Floats::load(sum)));
      }
    }
  }
}

template <int kOf, int kRows>
SLIPWAY_INLINE void finish_rows(const GemmBf16& bf16, const Panel& panel, int row,
                                const float* from) {
  __m512 sums[kRows][kOf];
  SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
    SLIPWAY_UNROLL for (int v = 0; v < kOf; ++v) sums[i][v] =
        Floats::load(from + (i * kOf + v) * Floats::kLanes);
  }
  finish(bf16, panel, row, sums);
}

/// What becomes of the sums of some pixels of a line.
template <int kOf>
SLIPWAY_INLINE void finish_run(const GemmBf16& all, const Panel& panel, int line, int pixel,
                               int count, const float* sums) {
  constexpr int kRows = 4;
  GemmBf16 bf16 = all;
  const std::ptrdiff_t to = line * all.lines.c;
  const std::ptrdiff_t added = line * all.lines.residual;
  if (all.rounded_c != nullptr) {
    bf16.rounded_c += to;
  } else {
    bf16.product.c += to;
  }
  if (all.rounded_residual != nullptr) bf16.rounded_residual += added;
  if (all.product.residual != nullptr) bf16.product.residual += added;
  SLIPWAY_LOOP for (; count >= kRows; count -= kRows, pixel += kRows) {
    finish_rows<kOf, kRows>(bf16, panel, pixel, sums);
    sums += kRows * kOf * Floats::kLanes;
  }
  SLIPWAY_LOOP for (; count > 0; --count, ++pixel, sums += kOf * Floats::kLanes)
      finish_rows<kOf, 1>(bf16, panel, pixel, sums);
}

/// All rows of one panel.
template <int kOf>
__attribute__((noinline)) void multiply(const GemmBf16& bf16, const Panel& panel, const Rows& rows,
                                        const TileSegments& a, const TileSplit& split,
                                        std::byte* memory) {
  const std::byte* const weights = panel.at + 64 * kOf;
  const bool odd = a.skipped != 0;
  multiply_rows<Pairs, 16 * kOf>(
      a, split, {panel.at, weights, static_cast<std::ptrdiff_t>(panel.bytes) - 64 * kOf}, memory,
      [&](int row, int count, std::byte* at) {
        constexpr int kLanes = Floats::kLanes;
        auto* sums = reinterpret_cast<float*>(at);
        if (odd) add_odd<kOf>(bf16, rows, weights, row, count, sums);
        each_run(bf16.lines, rows.first + row, count, [&](int first, int run, int line, int pixel) {
          finish_run<kOf>(bf16, panel, line, pixel, run, sums + first * kOf * kLanes);
        });
      });
}

/// Whether what lies behind an odd number of floats may be multiplied by the weight that is not
/// there, which is zero. Otherwise half a pair is added by vectors for all rows of a block: where
/// one is infinite, others may differ in their last bits, within the bound.
bool has_weightless(const Rows& rows, const GemmF32Shape& shape, int count) {
  if (rows.segments != nullptr) return false;  // not ours to read
  for (int s = 0; s < shape.segments; ++s)
    if (!are_finite(rows.of(s), (count - 1) * rows.stride + shape.segment_floats + 1)) return false;
  return true;
}

/// All panels over rows that are rounded.
void panels(const GemmBf16& bf16, const Rows& rows, int count) {
  const auto& shape = bf16.product.shape;
  const std::byte* segments[kMostSegments];
  for (int s = 0; s < shape.segments; ++s)
    segments[s] = reinterpret_cast<const std::byte*>(rows.of(s));
  const int half = shape.segment_floats % 2 == 0 || has_weightless(rows, shape, count) ? 0 : 1;
  const int pairs = pairs_of(shape) - half;
  const TileSplit split(count);
  const TileSegments a{segments,        2 * rows.stride, shape.segments,
                       pairs / kGroups, pairs % kGroups, half};
  const TileRegisters registers(split.rows, a.last);
  alignas(64) std::byte memory[kTileMemory];
  Panel panel{bf16.product.panels, paired_bytes(shape, kWidth), 0, 0, {}};
  for (; panel.first < shape.n; panel.first += kWidth, panel.at += panel.bytes) {
    panel.columns = shape.n - panel.first;
    const int width = panel_width(panel.columns, kWidth);
    panel.bytes = paired_bytes(shape, width);
    width == kWidth ? multiply<2>(bf16, panel, rows, a, split, memory)
                    : multiply<1>(bf16, panel, rows, a, split, memory);
  }
}

}  // namespace

void gemm_bf16_amx(const GemmBf16& job) {
  each_block(job, [&](const Rows& rows, int count) { panels(job, rows, count); });
}

}  // namespace slipway::kernels
