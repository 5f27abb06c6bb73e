#pragma once
// Dense 3x3 convolutions of floats with fewer multiplications: Winograd's minimal filtering.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/gemm_f32.h"
#include "kernels/isa.h"

namespace slipway::kernels {

/// What is known when a model is compiled.
struct WinogradF32Shape {
  int channels = 0;
  int n = 0;        // output channels
  int tile = 4;     // outputs of a tile in each direction: 2 or 4
  int doubled = 0;  // so many channels, the last ones, are of pictures of half the size
};

inline constexpr int kMostInputs = 4;

/// Some channels of pictures that other memory may have the rest of.
struct WinogradInput {
  const float* at = nullptr;               // [height, width, channels]
  std::ptrdiff_t stride = 0;               // numbers from one pixel to the next
  int channels = 0;                        // a multiple of 16, unless they are the last; none,
                                           // or all, are doubled
  const std::uint16_t* rounded = nullptr;  // in place of `at`, where that is nullptr: bfloat16
};

/// y[r, x, j] = clamp(bias[j] + sum over u, v in 0..2 and k of
///                      in[r + u - pad_top, x + v - pad_left, k] * w[u, v, k, j]
///                    + residual[r, x, j], low, high)
///
/// Pictures are channels last; outside of the input lie zeros. Up to 63 bytes behind
/// the input are read. What is not a number passes through the clamp.
///
/// A tile of t x t outputs is A' [sum over k of (G w G') * (B' d B)] A, where d are the (t + 2)^2
/// inputs that it reads, * goes element by element, and ' transposes. Per output that is 4 products
/// for t = 2 and 2.25 for t = 4 in place of 9; but it is less exact. Each element goes through at
/// most channels + 32 roundings, so the result is within (channels + 32) * 2^-23 * (|bias| +
/// |residual| + |A|' [sum of (|G| |w| |G|') * (|B|' |d| |B|)] |A|) of the exact value (for products
/// and sums of sizes bound those of values). The last part is up to 10 times the sum |in w| for
/// t = 2 and, with entries up to 5 in B and 8 in A, some hundred times for t = 4. All variants with
/// fused multiply-add give the same bits.
///
/// Doubled channels are those of a picture of half the size, each pixel of which is read as 2 x 2
/// (nearest neighbours): height and width are even then, and pad_top and pad_left 1, so that a tile
/// sees pixels a b b c, or a b b c c d. Row 2 of B is then 0 for them, and so are 7 of 16 products,
/// or 11 of 36. The bits of the result are those of the larger picture, but for the sign of zeros.
///
/// Input, output and residual may be bfloat16, for variants that say so: where a pointer to such is
/// set, it is in place of the other. An output is then rounded once more.
///
/// Source  Lavin, Gray 2015, "Fast Algorithms for Convolutional Neural Networks"
struct WinogradF32 {
  WinogradF32Shape shape;
  WinogradInput in[kMostInputs];  // shape.channels in all
  int inputs = 1;
  int height = 0;
  int width = 0;
  int pad_top = 0;
  int pad_left = 0;
  float* out = nullptr;  // must not overlap the input
  int out_height = 0;
  int out_width = 0;
  std::ptrdiff_t out_stride = 0;  // floats from one pixel to the next
  int first_row = 0;              // of the rows of tiles; others are left as they are
  int last_row = 0;               // behind the last: at most tile_rows()
  int first = 0;    // of the output channels; others are left as they are. A multiple of panel_of()
  int columns = 0;  // behind it, a multiple as well unless they are the last; 0: all
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  std::byte* workspace = nullptr;     // aligned to 64 bytes; not shared by jobs that run at once
  const float* residual = nullptr;    // may be out
  std::ptrdiff_t residual_stride = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  std::uint16_t* rounded_out = nullptr;
  const std::uint16_t* rounded_residual = nullptr;  // may be rounded_out
};

/// One way to compute it. `rounded`: transformed inputs and weights are rounded to bfloat16, which
/// adds 2^-8 to the factor of the bound, and makes variants differ; tiles are of 2 then, for larger
/// ones multiply what rounding takes away. `bf16`: it takes such numbers.
struct WinogradF32Variant {
  Isa isa;
  bool rounded;
  void (*run)(const WinogradF32&);
  bool bf16 = false;
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const WinogradF32Variant> winograd_f32_variants();

/// Rows of tiles that cover the output: the unit by which work is split.
[[nodiscard]] constexpr int tile_rows(const WinogradF32Shape& shape, int out_height) {
  return (out_height + shape.tile - 1) / shape.tile;
}

/// Output channels that the variant computes together.
[[nodiscard]] int panel_of(const WinogradF32Variant& variant);

/// What a job over `rows` rows of tiles and `columns` output channels needs as workspace; fewer
/// need no more, and n times as many rows, or columns, no more than n times that.
[[nodiscard]] std::size_t workspace_bytes(const WinogradF32Shape& shape, int out_width, int rows,
                                          int columns);

/// The bytes that pack_winograd_f32 writes.
[[nodiscard]] std::size_t packed_bytes(const WinogradF32Variant& variant,
                                       const WinogradF32Shape& shape);

/// Transforms the weights and puts them into the order in which the variant reads them.
///
/// weights  [3, 3, channels, n]
/// bias     n of them, or nullptr: zeros
/// to       packed_bytes() bytes, aligned to 64
void pack_winograd_f32(const WinogradF32Variant& variant, const WinogradF32Shape& shape,
                       const float* weights, const float* bias, std::byte* to);

}  // namespace slipway::kernels
