// gemm_u8 in 256-bit vectors of words, 6 rows x 16 channels in 12 of the 16 registers: as many
// products in a cycle as by pairs of bytes where processors multiply twice a cycle, and exact.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/gemm_u8_tile.h"
#include "kernels/gemm_u8_words.h"

namespace slipway::kernels {
namespace {

/// Vectors whose dot products take pairs of words.
struct Words : Vector<32> {
  static constexpr bool kStoresSums = true;  // others take them through memory
  static constexpr int kSteps = 4;

  /// Compilers would mix the steps, and spill sums.
  static SLIPWAY_INLINE I dot(I sum, I a, I w) {
    I both;
    asm("vpmaddwd %[w], %[a], %[both]\n\t"
        "vpaddd %[both], %[sum], %[sum]"
        : [sum] "+x"(sum), [both] "=&x"(both)
        : [a] "x"(a), [w] "x"(w));
    return sum;
  }

  static SLIPWAY_INLINE void end_step(const std::byte*& weights, I& sum) {
    asm("" : "+r"(weights), "+x"(sum));
  }

  /// Weights that are bytes in memory become words in the job's workspace.
  static SLIPWAY_INLINE void set_panel(const GemmU8& job, const PanelHeader& header, Panel& panel) {
    if (header.wide != 0) return;
    std::byte* to = job.workspace;
    SLIPWAY_LOOP for (std::size_t i = 0; i < panel.bytes; i += 64) {
      SLIPWAY_UNROLL for (std::size_t j = 0; j < 64; j += 32)
          store_all(to + i + j, signed_words_of(panel.stored + (i + j) / 2));
    }
    panel.weights = to;
    panel.bytes /= 2;
    panel.line /= 2;
  }
};

/// At least `count` bytes.
SLIPWAY_INLINE void widen(const std::uint8_t* from, std::ptrdiff_t count, std::uint16_t* to) {
  SLIPWAY_LOOP for (std::ptrdiff_t i = 0; i < count; i += 16) {
    Words::store_all(to + i, Words::words_of(from + i));
  }
}

}  // namespace

void gemm_u8_words_avx2(const GemmU8& job) {
  const auto& shape = job.shape;
  if (job.m < 1) return;
  const auto block = words_block(shape, job.m, job.a_stride);
  auto* workspace =
      reinterpret_cast<std::uint16_t*>(job.workspace + weight_bytes(widened(shape), kWordsPanel));
  const std::uint8_t* segments[kMostSegments];
  for (int s = 0; s < shape.segments; ++s)
    segments[s] = reinterpret_cast<const std::uint8_t*>(workspace + s * block.segment);
  GemmU8 part = job;
  part.shape = widened(shape);
  part.a = segments;
  part.a_stride = 2 * block.stride;
  for (int row = 0; row < job.m; row += block.rows) {
    set_rows(job, row, block.rows < job.m - row ? block.rows : job.m - row, part);
    for (int s = 0; s < shape.segments; ++s) {
      const std::uint8_t* from = job.a[s] + row * job.a_stride;
      std::uint16_t* to = workspace + s * block.segment;
      if (block.together) {
        widen(from, (part.m - 1) * job.a_stride + shape.segment_bytes, to);
      } else {
        for (int i = 0; i < part.m; ++i)
          widen(from + i * job.a_stride, shape.segment_bytes, to + i * block.stride);
      }
    }
    run_panels<Words, kWordsTall, 16>(part);
  }
}

void multiply_words_avx2(const WordsProduct& product) {
  static constexpr std::byte kNoBias[64] = {};
  const auto* segment = reinterpret_cast<const std::uint8_t*>(product.rows);
  GemmU8 job;
  job.shape = widened({kWordsPanel, 1, product.k, GemmOutput::sums});
  job.m = product.m;
  job.a = &segment;
  job.a_stride = 2 * product.stride;
  job.c_stride = kWordsPanel;
  job.sums = product.sums;
  const std::size_t fetched = product.next_line * static_cast<std::size_t>(quads_of(job.shape));
  const Panel panel{kNoBias,
                    product.weights,
                    nullptr,
                    0,
                    kWordsPanel,
                    0,
                    Requantize::multiply,
                    product.next - fetched,
                    fetched,
                    product.next_line};
  panel_rows<Words, tiling_of(kWordsTall, false), kWordsPanel>(job, panel);
}

}  // namespace slipway::kernels
