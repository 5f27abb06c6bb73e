#pragma once
// Dense 3x3 convolutions of bytes with fewer multiplications, exact: Winograd's minimal filtering
// in integers.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm_u8.h"
#include "kernels/isa.h"

namespace slipway::kernels {

/// What is known when a model is compiled.
struct WinogradU8Shape {
  int channels = 0;
  int n = 0;  // output channels
};

inline constexpr int kMostInputsU8 = 4;

/// Some channels of pictures that other memory may have the rest of.
struct WinogradInputU8 {
  const std::uint8_t* at = nullptr;  // [height, width, channels]
  std::ptrdiff_t stride = 0;         // bytes from one pixel to the next
  int channels = 0;
};

/// y[r, x, j] = requantize(bias[j] + sum over u, v in 0..2 and k of
///                           in[r + u - pad_top, x + v - pad_left, k] * w[u, v, k, j])
///
/// Pictures are channels last; outside of the input lie bytes of `outside`. Up to 63 bytes behind
/// each part of the input are read.
///
/// A tile of 2 x 2 outputs is A' [sum over k of (2G w (2G)') * (B' d B)] A / 4, where d are the 4 x
/// 4 inputs that it reads, * goes element by element, and ' transposes: 4 products per output in
/// place of 9. With 2 G in place of G all of them are integers: inputs of at most 1020, weights of
/// at most 9 * 255, both in 16 bits. Sums wrap, which is no harm as long as four times the result
/// does not: see fits_winograd_u8().
///
/// Source  Lavin, Gray 2015, "Fast Algorithms for Convolutional Neural Networks"
struct WinogradU8 {
  WinogradU8Shape shape;
  WinogradInputU8 in[kMostInputsU8];  // shape.channels in all
  int inputs = 1;
  int height = 0;
  int width = 0;
  int pad_top = 0;
  int pad_left = 0;
  std::uint8_t outside = 0;
  std::uint8_t* out = nullptr;  // must not overlap the input
  int out_height = 0;
  int out_width = 0;
  std::ptrdiff_t out_stride = 0;      // bytes from one pixel to the next
  int first_row = 0;                  // of the rows of tiles; others are left as they are
  int last_row = 0;                   // behind the last: at most tile_rows()
  const std::byte* panels = nullptr;  // what pack wrote, aligned to 64 bytes
  std::byte* workspace = nullptr;     // aligned to 64 bytes; not shared by jobs that run at once
  Requantization requantization;
};

/// One way to compute it.
struct WinogradU8Variant {
  Isa isa;
  void (*run)(const WinogradU8&);
};

/// All variants, the portable one first, as table.h says: it
/// multiplies 9 times.
[[nodiscard]] std::span<const WinogradU8Variant> winograd_u8_variants();

/// Rows of tiles that cover the output: the unit by which work is split.
[[nodiscard]] constexpr int tile_rows(int out_height) { return (out_height + 1) / 2; }

/// Whether sums of a layer stay exact, for weights as in GemmU8Constants, [9 * channels, n].
[[nodiscard]] bool fits_winograd_u8(const WinogradU8Shape& shape, const std::int16_t* weights);

/// What a job over `rows` rows of tiles needs as workspace; fewer rows need no more, and n times as
/// many no more than n times that.
[[nodiscard]] std::size_t workspace_bytes(const WinogradU8Variant& variant,
                                          const WinogradU8Shape& shape, int out_width, int rows);

/// The bytes that pack_winograd_u8 writes; constants have no table.
[[nodiscard]] std::size_t packed_bytes(const WinogradU8Variant& variant,
                                       const WinogradU8Shape& shape,
                                       const GemmU8Constants& constants);

/// Transforms the weights and puts constants into the order in which the variant reads them, at
/// `to`, aligned to 64 bytes.
void pack_winograd_u8(const WinogradU8Variant& variant, const WinogradU8Shape& shape,
                      const GemmU8Constants& constants, std::byte* to);

}  // namespace slipway::kernels
