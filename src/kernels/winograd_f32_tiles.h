#pragma once
// winograd_f32 in terms of Floats (floats.h): transforms around the products of gemm_f32.

#include <type_traits>

#include "kernels/floats.h"
#include "kernels/inline.h"
#include "kernels/winograd_f32_panel.h"

namespace slipway::kernels {
namespace {

using Vector = Floats::F;

/// Tiles of kTile x kTile outputs: B' of a column of inputs, A' of a column of products.
template <int kTile>
struct Transform;

template <>
struct Transform<2> {
  static SLIPWAY_INLINE void of_inputs(const Vector (&d)[4], Vector (&to)[4]) {
    to[0] = Floats::subtract(d[0], d[2]);
    to[1] = Floats::add(d[1], d[2]);
    to[2] = Floats::subtract(d[2], d[1]);
    to[3] = Floats::subtract(d[1], d[3]);
  }

  static SLIPWAY_INLINE void of_products(const Vector (&m)[4], Vector (&to)[2]) {
    to[0] = Floats::add(Floats::add(m[0], m[1]), m[2]);
    to[1] = Floats::subtract(Floats::subtract(m[1], m[2]), m[3]);
  }
};

template <>
struct Transform<4> {
  static SLIPWAY_INLINE void of_inputs(const Vector (&d)[6], Vector (&to)[6]) {
    const Vector two = Floats::all(2);
    const Vector four = Floats::all(4);
    const Vector five = Floats::all(5);
    const Vector even = Floats::fused_negative(four, d[2], d[4]);
    const Vector odd = Floats::fused_negative(four, d[1], d[3]);
    const Vector even2 = Floats::subtract(d[4], d[2]);
    const Vector odd2 = Floats::multiply(two, Floats::subtract(d[3], d[1]));
    to[0] = Floats::fused(four, d[0], Floats::fused_negative(five, d[2], d[4]));
    to[1] = Floats::add(even, odd);
    to[2] = Floats::subtract(even, odd);
    to[3] = Floats::add(even2, odd2);
    to[4] = Floats::subtract(even2, odd2);
    to[5] = Floats::fused(four, d[1], Floats::fused_negative(five, d[3], d[5]));
  }

  static SLIPWAY_INLINE void of_products(const Vector (&m)[6], Vector (&to)[4]) {
    const Vector sum = Floats::add(m[1], m[2]);
    const Vector difference = Floats::subtract(m[1], m[2]);
    const Vector sum2 = Floats::add(m[3], m[4]);
    const Vector difference2 = Floats::subtract(m[3], m[4]);
    to[0] = Floats::add(Floats::add(m[0], sum), sum2);
    to[1] = Floats::fused(Floats::all(2), difference2, difference);
    to[2] = Floats::fused(Floats::all(4), sum2, sum);
    to[3] = Floats::add(Floats::fused(Floats::all(8), difference2, difference), m[5]);
  }
};

/// Some channels of the tile whose window begins at (y, x), maybe outside, to its row in the matrix
/// of each point that they are multiplied at.
template <int kTile, bool kEdge, bool kDoubled, class Products, class In>
void transform_inputs(const WinogradF32& job, const WinogradInput& input, const In* pictures,
                      const WinogradBlock& block, int y, int x, typename Products::Operand* to) {
  constexpr int kIn = kTile + 2;
  const std::ptrdiff_t channels = input.channels;
  const std::ptrdiff_t stride = input.stride;
  constexpr int kTimes = kDoubled ? 2 : 1;
  const std::ptrdiff_t width = job.width / kTimes;
  const std::ptrdiff_t row = stride * width;
  // Windows of doubled pixels begin at the second of a pair.
  const In* in = pictures + ((y + 1) / kTimes * width + (x + 1) / kTimes - (width + 1)) * stride;
  const auto pixel = [&](int i, int j) __attribute__((always_inline)) {
    return in + (kDoubled ? (i + 1) / 2 : i) * row + (kDoubled ? (j + 1) / 2 : j) * stride;
  };
  const auto exists = [&](int i, int j) __attribute__((always_inline)) {
    return !kEdge || (static_cast<unsigned>(y + i) < static_cast<unsigned>(job.height) &&
                      static_cast<unsigned>(x + j) < static_cast<unsigned>(job.width));
  };
  std::ptrdiff_t c = 0;
  if constexpr (Products::kPairs) {
    c = Products::template transform<kDoubled, In>(
        channels,
        [&](int i, int j, std::ptrdiff_t from) __attribute__((always_inline)) {
          using Pair = typename Products::Pair;
          return exists(i, j) ? Pair::load(pixel(i, j) + from) : Pair::zero();
        },
        block.in_point, to);
  }
  SLIPWAY_LOOP for (; c < channels; c += Floats::kLanes) {
    Vector half[kIn][kIn];
    SLIPWAY_UNROLL for (int j = 0; j < kIn; ++j) {
      Vector d[kIn];
      Vector column[kIn];
      SLIPWAY_UNROLL for (int i = 0; i < kIn; ++i) d[i] =
          exists(i, j) ? Floats::load(pixel(i, j) + c) : Floats::zero();
      Transform<kTile>::of_inputs(d, column);
      SLIPWAY_UNROLL for (int i = 0; i < kIn; ++i) half[i][j] = column[i];
    }
    SLIPWAY_UNROLL for (int i = 0; i < kIn; ++i) {
      Vector whole[kIn];
      Transform<kTile>::of_inputs(half[i], whole);
      SLIPWAY_UNROLL for (int j = 0; j < kIn; ++j) {
        if (kDoubled && (i == 2 || j == 2)) continue;
        Products::store(to + (i * kIn + j) * block.in_point + c, whole[j]);
      }
    }
  }
}

// Templates, for not every Floats has bfloat16.
template <class In>
SLIPWAY_INLINE Vector load_first(const In* from, Floats::Lanes lanes) {
  return Floats::load(from, lanes);
}

template <class Out>
SLIPWAY_INLINE void store_first(Out* to, int left, Floats::Lanes lanes, Vector v) {
  left >= Floats::kLanes ? Floats::store(to, v) : Floats::store(to, lanes, v);
}

/// The products of a tile to its outputs at (y, x), of which not all may exist.
template <int kTile, bool kBf16>
void transform_products(const WinogradF32& job, const WinogradBlock& block, const float* from,
                        int y, int x) {
  constexpr int kIn = kTile + 2;
  const auto* bias = reinterpret_cast<const float*>(job.panels) + job.first;
  const int columns = columns_of(job);
  const Vector low = Floats::all(job.low);
  const Vector high = Floats::all(job.high);
  const bool whole = y + kTile <= job.out_height && x + kTile <= job.out_width;
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(y) * job.out_width + x;
  SLIPWAY_LOOP for (int n = 0; n < columns; n += Floats::kLanes) {
    Vector half[kTile][kIn];
    SLIPWAY_UNROLL for (int j = 0; j < kIn; ++j) {
      Vector m[kIn];
      Vector column[kTile];
      SLIPWAY_UNROLL for (int i = 0; i < kIn; ++i) m[i] =
          Floats::load(from + (i * kIn + j) * block.out_point + n);
      Transform<kTile>::of_products(m, column);
      SLIPWAY_UNROLL for (int i = 0; i < kTile; ++i) half[i][j] = column[i];
    }
    const Vector start = Floats::load(bias + n);
    const int left = columns - n;
    const auto lanes = Floats::first(left);
    const int to = job.first + n;
    SLIPWAY_UNROLL for (int i = 0; i < kTile; ++i) {
      Vector out[kTile];
      Transform<kTile>::of_products(half[i], out);
      SLIPWAY_UNROLL for (int j = 0; j < kTile; ++j) {
        if (!whole && (y + i >= job.out_height || x + j >= job.out_width)) continue;
        const std::ptrdiff_t pixel = first + static_cast<std::ptrdiff_t>(i) * job.out_width + j;
        Vector v = Floats::add(out[j], start);
        if (job.residual != nullptr) {
          const float* residual = job.residual + pixel * job.residual_stride + to;
          v = Floats::add(v, load_first(residual, lanes));
        }
        if constexpr (kBf16) {
          if (job.rounded_residual != nullptr) {
            const auto* residual = job.rounded_residual + pixel * job.residual_stride + to;
            v = Floats::add(v, load_first(residual, lanes));
          }
        }
        v = Floats::at_most(high, Floats::at_least(low, v));
        const std::ptrdiff_t at = pixel * job.out_stride + to;
        if constexpr (kBf16) {
          if (job.rounded_out != nullptr) {
            store_first(job.rounded_out + at, left, lanes, v);
            continue;
          }
        }
        store_first(job.out + at, left, lanes, v);
      }
    }
  }
}

/// Products of floats, by a variant of gemm_f32 for the same instruction set.
struct FloatProducts {
  using Operand = float;
  static constexpr bool kRounded = false;
  static constexpr bool kBf16 = false;   // whether Floats loads and stores bfloat16
  static constexpr bool kApart = true;   // whether tiles without edges have code of their own
  static constexpr bool kPairs = false;  // whether two vectors are transformed at a time

  static SLIPWAY_INLINE void store(Operand* to, Vector floats) { Floats::store(to, floats); }

  void run(const GemmF32& job, const Operand* rows, std::ptrdiff_t stride) const {
    GemmF32 own = job;
    own.a = &rows;
    own.a_stride = stride;
    gemm(own);
  }

  void (*gemm)(const GemmF32&);
};

/// The inputs of `tiles` tiles from the one numbered `begin` on.
template <int kTile, bool kDoubled, class Products, class In>
void transform_tiles(const WinogradF32& job, const WinogradInput& input, const In* pictures,
                     const WinogradBlock& block, int begin, int tiles,
                     typename Products::Operand* to) {
  const int across = (job.out_width + kTile - 1) / kTile;
  for (int t = 0; t < tiles; ++t, to += block.in_row) {
    const int y = (begin + t) / across * kTile - job.pad_top;
    const int x = (begin + t) % across * kTile - job.pad_left;
    const bool inside = Products::kApart && y >= 0 && x >= 0 && y + kTile + 2 <= job.height &&
                        x + kTile + 2 <= job.width;
    (inside ? transform_inputs<kTile, false, kDoubled, Products, In>
            : transform_inputs<kTile, true, kDoubled, Products, In>)(job, input, pictures, block, y,
                                                                     x, to);
  }
}

/// All channels of these tiles.
template <int kTile, class Products>
void transform_all(const WinogradF32& job, const WinogradBlock& block, int begin, int tiles,
                   typename Products::Operand* to) {
  int left = job.shape.channels;
  for (int i = 0; i < job.inputs; ++i) {
    const auto& input = job.in[i];
    const auto transform = [&](const auto* pictures) {
      using In = std::remove_cvref_t<decltype(*pictures)>;
      (left <= job.shape.doubled ? transform_tiles<kTile, true, Products, In>
                                 : transform_tiles<kTile, false, Products, In>)(job, input,
                                                                                pictures, block,
                                                                                begin, tiles, to);
    };
    if (!Products::kBf16 || input.at != nullptr) {
      transform(input.at);
    } else if constexpr (Products::kBf16) {
      transform(input.rounded);
    }
    to += input.channels;
    left -= input.channels;
  }
}

/// The products of some tiles at a point, whose constants are `panels`.
template <class Products>
void multiply(const WinogradF32& job, const WinogradBlock& block, const Products& products,
              int point, const std::byte* panels, int tiles,
              const typename Products::Operand* inputs, float* sums) {
  const int channels = channels_at(job.shape, point);
  if (channels == 0) {
    const std::ptrdiff_t size = tiles * block.out_row;
    for (std::ptrdiff_t i = 0; i < size; i += Floats::kLanes)
      Floats::store(sums + i, Floats::zero());
    return;
  }
  GemmF32 product{{columns_of(job), 1, channels}, tiles};
  product.panels = panels;
  product.c = sums;
  product.c_stride = block.out_row;
  products.run(product, inputs, block.in_row);
}

/// `tiles` tiles from the one numbered `begin` on, in the order of rows.
template <int kTile, class Products>
void run_block(const WinogradF32& job, const WinogradBlock& block, const Products& products,
               int panel, int begin, int tiles) {
  constexpr int kPoints = (kTile + 2) * (kTile + 2);
  const int across = (job.out_width + kTile - 1) / kTile;
  auto* inputs = reinterpret_cast<typename Products::Operand*>(job.workspace);
  float* sums = reinterpret_cast<float*>(job.workspace) + kPoints * block.in_point;
  transform_all<kTile, Products>(job, block, begin, tiles, inputs);
  const std::byte* panels = job.panels + bias_bytes(job.shape);
  for (int p = 0; p < kPoints; ++p) {
    const std::size_t first = static_cast<std::size_t>(job.first / panel) *
                              point_panel_bytes(job.shape, p, panel, Products::kRounded);
    multiply(job, block, products, p, panels + first, tiles, inputs + p * block.in_point,
             sums + p * block.out_point);
    panels += point_bytes(job.shape, p, panel, Products::kRounded);
  }
  for (int t = 0; t < tiles; ++t) {
    const int y = (begin + t) / across * kTile;
    const int x = (begin + t) % across * kTile;
    transform_products<kTile, Products::kBf16>(job, block, sums + t * block.out_row, y, x);
  }
}

template <class Products>
void run(const WinogradF32& job, const Products& products, int panel) {
  const int across = (job.out_width + job.shape.tile - 1) / job.shape.tile;
  const int end = job.last_row * across;
  const auto block = block_of(job, end - job.first_row * across);
  for (int t = job.first_row * across; t < end; t += block.tiles) {
    const int tiles = end - t < block.tiles ? end - t : block.tiles;
    if constexpr (Products::kRounded) {
      run_block<2>(job, block, products, panel, t, tiles);
    } else {
      (job.shape.tile == 2 ? run_block<2, Products> : run_block<4, Products>)(job, block, products,
                                                                              panel, t, tiles);
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
