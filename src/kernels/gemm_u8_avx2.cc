// gemm_u8 in 256-bit vectors with sums of two products in 16 bits: 6 rows x 16 channels in 12 of
// the 16 registers.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/gemm_u8_tile.h"

namespace slipway::kernels {
namespace {

struct Split : Vector<32> {
  static constexpr bool kSplits = true;
  static constexpr int kSteps = 2;

  /// As Vector<32> has it: compilers would keep a register for the ones, and spill sums.
  static SLIPWAY_INLINE I dot(I sum, I a, I w) {
    alignas(32) static constexpr std::int16_t kOnes[16] = {1, 1, 1, 1, 1, 1, 1, 1,
                                                           1, 1, 1, 1, 1, 1, 1, 1};
    I both;
    asm("vpmaddubsw %[w], %[a], %[both]\n\t"
        "vpmaddwd %[ones], %[both], %[both]\n\t"
        "vpaddd %[both], %[sum], %[sum]"
        : [sum] "+x"(sum), [both] "=&x"(both)
        : [a] "x"(a), [w] "x"(w), [ones] "m"(kOnes));
    return sum;
  }

  static SLIPWAY_INLINE void end_step(const std::byte*& weights, I& sum) {
    asm("" : "+r"(weights), "+x"(sum));
  }

  static SLIPWAY_INLINE void set_panel(const GemmU8& job, const PanelHeader& /*header*/,
                                       Panel& panel) {
    const auto block = split_block(job.shape, job.m);
    panel.lists = job.workspace + block.lists;
    panel.begins = reinterpret_cast<const std::int32_t*>(job.workspace + block.begins);
  }
};

using I = Split::I;

/// Splits the rows of one tile, from the `from`th of those that are wanted; returns the end of its
/// list.
template <int kRows>
__attribute__((noinline)) std::byte* split_rows(const GemmU8& job, const WantedRows& wanted,
                                                const SplitBlock& block, int from, int row,
                                                std::byte* list) {
  const auto& shape = job.shape;
  std::ptrdiff_t at[kRows];
  SLIPWAY_LOOP for (int i = 0; i < kRows; ++i) at[i] = wanted.row(from + row + i) * job.a_stride;
  const I ones = Split::of_bytes(1);
  const I most = Split::of_words(255);
  auto* const rows = reinterpret_cast<std::uint8_t*>(job.workspace);
  SLIPWAY_LOOP for (int s = 0; s < shape.segments; ++s) {
    const std::uint8_t* const segment = job.a[s];
    std::uint8_t* to = rows + s * block.rows.segment + row * block.rows.stride;
    SLIPWAY_LOOP for (int k = 0; k < shape.segment_bytes; k += 32) {
      I more[kRows];
      I any = Split::of_ints(0);
      SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) {
        const I pairs = Split::load(segment + at[i] + k);
        more[i] = _mm256_subs_epu16(_mm256_maddubs_epi16(pairs, ones), most);
        // No more than the first of the pair: the second is at most 255.
        Split::store_all(to + i * block.rows.stride + k, _mm256_sub_epi8(pairs, more[i]));
        any = _mm256_or_si256(any, more[i]);
      }
      if (_mm256_testz_si256(any, any) != 0) continue;
      const I none = _mm256_cmpeq_epi32(any, Split::of_ints(0));
      auto quads = ~static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(none))) & 0xFFU;
      alignas(32) std::uint8_t all[kRows][32];
      SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i) Split::store_all(all[i], more[i]);
      SLIPWAY_LOOP for (; quads != 0; quads &= quads - 1) {
        const int q = __builtin_ctz(quads);
        if (k + q * 4 >= shape.segment_bytes) break;
        auto& excess = *reinterpret_cast<Excess<kRows>*>(list);
        excess.quad = s * quads_of(shape) + k / 4 + q;
        SLIPWAY_UNROLL for (int i = 0; i < kRows; ++i)
            __builtin_memcpy(excess.bytes[i], all[i] + q * 4, 4);
        list += sizeof excess;
      }
    }
  }
  return list;
}

/// Splits `count` rows tile by tile, as rows() and few_rows() go through them.
void split(const GemmU8& job, const WantedRows& wanted, const SplitBlock& block, int from,
           int count) {
  auto* begins = reinterpret_cast<std::int32_t*>(job.workspace + block.begins);
  std::byte* const lists = job.workspace + block.lists;
  std::byte* list = lists;
  *begins = 0;
  int row = 0;
  const auto next = [&]<int kRows>() {
    const int last = count - kRows;
    list = split_rows<kRows>(job, wanted, block, from, row < last ? row : last, list);
    *++begins = static_cast<std::int32_t>(list - lists);
    row += kRows;
  };
  const auto heights = heights_of<tiling_of(kSplitTall, false)>(count);
  SLIPWAY_LOOP for (int i = 0; i < heights.tall; ++i) next.template operator()<kSplitTall>();
  SLIPWAY_LOOP for (int i = 0; i < heights.low; ++i) next.template operator()<kSplitTall / 2>();
  if (heights.all() != 0) return;
  SLIPWAY_LOOP while (row + 2 <= count) next.template operator()<2>();
  if (row < count) next.template operator()<1>();
}

}  // namespace

void gemm_u8_avx2(const GemmU8& job) {
  const WantedRows wanted(job.lines, job.m);
  if (wanted.count < 1) return;
  const int most = split_block(job.shape, wanted.count).rows.rows;
  const std::uint8_t* made[kMostSegments];
  GemmU8 part = job;
  part.a = made;
  for (int row = 0; row < wanted.count; row += most) {
    const int count = most < wanted.count - row ? most : wanted.count - row;
    set_rows(job, wanted.before + row, count, part);
    const auto block = split_block(job.shape, count);
    for (int s = 0; s < job.shape.segments; ++s)
      made[s] = reinterpret_cast<const std::uint8_t*>(job.workspace + s * block.rows.segment);
    part.a_stride = block.rows.stride;
    split(job, wanted, block, row, count);
    run_panels<Split, kSplitTall, 16>(part);
  }
}

}  // namespace slipway::kernels
