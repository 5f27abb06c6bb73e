// winograd_u8 in 256-bit vectors, with products of words. Measured: bench/results.

#include "kernels/vector256.h"
// behind the vectors
#include "kernels/gemm_u8_finish.h"
#include "kernels/gemm_u8_isa.h"
#include "kernels/winograd_u8_isa.h"
#include "kernels/winograd_u8_panel.h"

namespace slipway::kernels {
namespace {

using V = Vector<32>;
using I = V::I;

/// B' of a column of inputs, in words.
SLIPWAY_INLINE void of_inputs(const I (&d)[4], I (&to)[4]) {
  to[0] = V::subtract_words(d[0], d[2]);
  to[1] = V::plain_add_words(d[1], d[2]);
  to[2] = V::subtract_words(d[2], d[1]);
  to[3] = V::subtract_words(d[1], d[3]);
}

/// A' of a column of sums.
SLIPWAY_INLINE void of_sums(const I (&m)[4], I (&to)[2]) {
  to[0] = V::add(V::add(m[0], m[1]), m[2]);
  to[1] = V::subtract(V::subtract(m[1], m[2]), m[3]);
}

/// Some channels of the tile whose window begins at (y, x), maybe outside, to its row in the matrix
/// of each point; and up to 15 words behind them.
template <bool kEdge>
void transform_inputs(const WinogradU8& job, const WinogradInputU8& input,
                      const WinogradBlock& block, int y, int x, std::uint16_t* to) {
  const std::ptrdiff_t stride = input.stride;
  const std::ptrdiff_t row = stride * job.width;
  const std::uint8_t* in = input.at + (static_cast<std::ptrdiff_t>(y) * job.width + x) * stride;
  const I outside = V::of_words(job.outside);
  const auto exists = [&](int i, int j) __attribute__((always_inline)) {
    return !kEdge || (static_cast<unsigned>(y + i) < static_cast<unsigned>(job.height) &&
                      static_cast<unsigned>(x + j) < static_cast<unsigned>(job.width));
  };
  SLIPWAY_LOOP for (int c = 0; c < input.channels; c += 16) {
    I half[4][4];
    SLIPWAY_UNROLL for (int j = 0; j < 4; ++j) {
      I d[4];
      I column[4];
      SLIPWAY_UNROLL for (int i = 0; i < 4; ++i) d[i] =
          exists(i, j) ? V::words_of(in + i * row + j * stride + c) : outside;
      of_inputs(d, column);
      SLIPWAY_UNROLL for (int i = 0; i < 4; ++i) half[i][j] = column[i];
    }
    SLIPWAY_UNROLL for (int i = 0; i < 4; ++i) {
      I whole[4];
      of_inputs(half[i], whole);
      SLIPWAY_UNROLL for (int j = 0; j < 4; ++j)
          V::store_all(to + (i * 4 + j) * block.in_point + c, whole[j]);
    }
  }
}

/// The sums of `tiles` tiles to the bytes of one panel, of which not all pixels may exist.
template <Requantize kKind>
__attribute__((noinline)) void transform_sums(const WinogradU8& job, const WinogradBlock& block,
                                              const Panel& panel, const std::int32_t* from,
                                              int begin, int tiles) {
  const int across = (job.out_width + 1) / 2;
  GemmU8 ending;
  ending.c_stride = job.out_stride;
  ending.requantization = job.requantization;
  SLIPWAY_LOOP for (int t = begin; t < begin + tiles; ++t, from += block.out_row) {
    I out[2][2][2];  // line, column, half of the channels
    SLIPWAY_UNROLL for (int h = 0; h < 2; ++h) {
      I half[2][4];
      SLIPWAY_UNROLL for (int j = 0; j < 4; ++j) {
        I m[4];
        I column[2];
        SLIPWAY_UNROLL for (int i = 0; i < 4; ++i) m[i] =
            V::load(from + (i * 4 + j) * block.out_point + h * 8);
        of_sums(m, column);
        SLIPWAY_UNROLL for (int i = 0; i < 2; ++i) half[i][j] = column[i];
      }
      const I bias = V::load(panel.scales + h * 32);
      SLIPWAY_UNROLL for (int i = 0; i < 2; ++i) {
        I line[2];
        of_sums(half[i], line);
        SLIPWAY_UNROLL for (int j = 0; j < 2; ++j) out[i][j][h] =
            V::add(V::right(line[j], V::of_ints(2)), bias);
      }
    }
    const int y = t / across * 2;
    const int x = t % across * 2;
    SLIPWAY_UNROLL for (int i = 0; i < 2; ++i) {
      if (y + i >= job.out_height) continue;
      ending.c =
          job.out + (static_cast<std::ptrdiff_t>(y + i) * job.out_width + x) * job.out_stride;
      const auto sum = [&](int j, int h) __attribute__((always_inline)) { return out[i][j][h]; };
      if (x + 1 < job.out_width) {
        store_bytes<kKind, 2, kWinogradPanel>(ending, panel, 0, sum);
      } else {
        store_bytes<kKind, 1, kWinogradPanel>(ending, panel, 0, sum);
      }
    }
  }
}

/// All panels of the sums of a block.
void finish_block(const WinogradU8& job, const WinogradBlock& block, const std::int32_t* sums,
                  int begin, int tiles) {
  for (int n = 0; n < job.shape.n; n += kWinogradPanel) {
    std::uint64_t at;
    __builtin_memcpy(&at, job.panels + n / kWinogradPanel * 8, sizeof at);
    PanelHeader header;
    __builtin_memcpy(&header, job.panels + at, sizeof header);
    Panel panel{};
    panel.scales = job.panels + at + sizeof header;
    panel.columns = job.shape.n - n < kWinogradPanel ? job.shape.n - n : kWinogradPanel;
    panel.first = n;
    with_kind(static_cast<Requantize>(header.kind), [&]<Requantize kKind>() {
      transform_sums<kKind>(job, block, panel, sums + n, begin, tiles);
    });
  }
}

/// `tiles` tiles from the one numbered `begin` on, in the order of rows.
void run_block(const WinogradU8& job, const WinogradBlock& block, int begin, int tiles) {
  const int across = (job.out_width + 1) / 2;
  auto* inputs = reinterpret_cast<std::uint16_t*>(job.workspace);
  auto* sums = reinterpret_cast<std::int32_t*>(inputs + kWinogradPoints * block.in_point);
  for (int t = 0; t < tiles; ++t) {
    const int y = (begin + t) / across * 2 - job.pad_top;
    const int x = (begin + t) % across * 2 - job.pad_left;
    const bool inside = y >= 0 && x >= 0 && y + 4 <= job.height && x + 4 <= job.width;
    // What one part writes behind its channels, and a tile behind its row, the next one mends.
    std::uint16_t* to = inputs + t * block.in_row;
    for (int i = 0; i < job.inputs; to += job.in[i++].channels)
      (inside ? transform_inputs<false> : transform_inputs<true>)(job, job.in[i], block, y, x, to);
  }
  GemmU8 product;
  product.shape = point_of(job.shape);
  product.m = tiles;
  product.c_stride = block.out_row;
  product.panels = job.panels + product_bytes(ending_of(job.shape));
  const std::size_t point_bytes = product_bytes(widened(product.shape));
  for (std::ptrdiff_t p = 0; p < kWinogradPoints; ++p) {
    product.sums = sums + p * block.out_point;
    multiply_words_avx2(product, inputs + p * block.in_point, block.in_row);
    product.panels += point_bytes;
  }
  finish_block(job, block, sums, begin, tiles);
}

}  // namespace

void winograd_u8_avx2(const WinogradU8& job) {
  const int across = (job.out_width + 1) / 2;
  const int end = job.last_row * across;
  const auto block = block_of(job.shape, end - job.first_row * across);
  for (int t = job.first_row * across; t < end; t += block.tiles)
    run_block(job, block, t, end - t < block.tiles ? end - t : block.tiles);
}

}  // namespace slipway::kernels
