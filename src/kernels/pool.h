#pragma once
// Largest elements, means and norms under a window that slides over pictures, channels last.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

enum class PoolKind : std::uint32_t { max, average, norm };
enum class PoolType : std::uint32_t { f32, u8, i8, bf16 };  // norms: only of f32

/// What the pools of a step share. Sizes are of up to three dimensions, missing ones in front are
/// 1.
struct PoolShape {
  PoolKind kind = PoolKind::max;
  PoolType type = PoolType::f32;
  std::int64_t channels = 0;
  std::int64_t in_stride = 0;  // elements between two pixels
  std::int64_t out_stride = 0;
  std::int64_t in_row = 0;  // between two rows of a picture
  std::int64_t out_row = 0;
  std::int64_t in_picture = 0;  // between two pictures
  std::int64_t out_picture = 0;
  std::int64_t in[3] = {1, 1, 1};
  std::int64_t out[3] = {1, 1, 1};
  std::int64_t kernel[3] = {1, 1, 1};
  std::int64_t stride[3] = {1, 1, 1};
  std::int64_t dilation[3] = {1, 1, 1};
  std::int64_t pad[3] = {0, 0, 0};
  std::int64_t pad_end[3] = {0, 0, 0};
  std::uint32_t count_padding = 0;  // whether means divide by the elements of padding, too
  std::uint32_t mean = 0;           // norms: of the mean instead of the sum
  std::int32_t p = 2;               // norms: (sum of |x|^p)^(1/p)
  std::int32_t zero = 0;            // bytes: what padding is
  float low = 0;                    // bounds of the output
  float high = 0;
};

/// out = the pools of rows `first` up to `last` of the output; rows are counted through all
/// pictures. Means of bytes are rounded half away from zero; pools of bfloat16 are those of
/// floats, rounded to even. All variants give the same bits.
struct Pool {
  PoolShape shape;
  const void* in = nullptr;
  void* out = nullptr;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct PoolVariant {
  Isa isa;
  void (*run)(const Pool&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const PoolVariant> pool_variants();

}  // namespace slipway::kernels
