#include "kernels/winograd_u8.h"

#include <cstdlib>
#include <cstring>

#include "kernels/table.h"
#include "kernels/winograd_u8_isa.h"
#include "kernels/winograd_u8_panel.h"

namespace slipway::kernels {
namespace {

/// What the portable variant computes: a product of nine pixels.
GemmU8Shape whole_of(const WinogradU8Shape& shape) { return {shape.n, 9, shape.channels}; }

constexpr std::ptrdiff_t kReadBehind = 31;

/// A pixel, put together from its parts, or what lies outside.
void copy_pixel(const WinogradU8& job, int y, int x, std::uint8_t* to) {
  const bool exists = y >= 0 && y < job.height && x >= 0 && x < job.width;
  if (!exists) {
    std::memset(to, job.outside, static_cast<std::size_t>(job.shape.channels));
    return;
  }
  const std::ptrdiff_t pixel = static_cast<std::ptrdiff_t>(y) * job.width + x;
  for (int i = 0; i < job.inputs; to += job.in[i++].channels)
    std::memcpy(to, job.in[i].at + pixel * job.in[i].stride,
                static_cast<std::size_t>(job.in[i].channels));
}

void portable(const WinogradU8& job) {
  auto* window = reinterpret_cast<std::uint8_t*>(job.workspace);
  const std::uint8_t* segments[9];
  for (int i = 0; i < 9; ++i) segments[i] = window + std::ptrdiff_t{i} * job.shape.channels;
  GemmU8 product;
  product.shape = whole_of(job.shape);
  product.m = 1;
  product.a = segments;
  product.panels = job.panels;
  product.requantization = job.requantization;
  const int last = job.last_row * kWinogradTile;
  for (int y = job.first_row * kWinogradTile; y < last && y < job.out_height; ++y) {
    for (int x = 0; x < job.out_width; ++x) {
      for (int i = 0; i < 9; ++i) {
        copy_pixel(job, y + i / 3 - job.pad_top, x + i % 3 - job.pad_left,
                   window + std::ptrdiff_t{i} * job.shape.channels);
      }
      product.c = job.out + (static_cast<std::ptrdiff_t>(y) * job.out_width + x) * job.out_stride;
      gemm_u8_variants()[0].run(product);
    }
  }
}

/// The variant of gemm_u8 whose order the constants of the others have.
const GemmU8Variant& words_variant() {
  const auto variants = gemm_u8_variants();
  for (const auto& variant : variants)
    if (variant.operands == GemmU8Operands::words) return variant;
  return variants[0];
}

/// Whether some weight is no byte.
bool is_wide(const WinogradU8Shape& shape, const std::int16_t* weights) {
  const std::ptrdiff_t all = std::ptrdiff_t{9} * shape.channels * shape.n;
  for (std::ptrdiff_t i = 0; i < all; ++i)
    if (weights[i] < INT8_MIN || weights[i] > INT8_MAX) return true;
  return false;
}

/// The weights in the order in which panels have them.
template <class T>
void put_weights(const WinogradU8Shape& shape, const std::int16_t* weights, std::byte* to) {
  for (std::ptrdiff_t i = 0; i < 9; ++i) {
    for (std::ptrdiff_t k = 0; k < shape.channels; ++k) {
      for (std::ptrdiff_t j = 0; j < shape.n; ++j) {
        const auto weight = static_cast<T>(weights[(i * shape.channels + k) * shape.n + j]);
        const auto slot = slot_of(static_cast<int>(j % kWinogradPanel), kWinogradPanel, true);
        const std::ptrdiff_t pair = j / kWinogradPanel * pairs_of(shape) + k / 2;
        const std::ptrdiff_t at = ((pair * 9 + i) * kWinogradPanel + slot) * 2 + k % 2;
        std::memcpy(to + at * std::ptrdiff_t{sizeof(T)}, &weight, sizeof(T));
      }
    }
  }
}

}  // namespace

std::span<const WinogradU8Variant> winograd_u8_variants() {
  static constexpr auto kVariants = table<WinogradU8Variant>({
      {Isa::portable, portable},
      {Isa::avx2, winograd_u8_avx2},
  });
  return kVariants;
}

bool fits_winograd_u8(const WinogradU8Shape& shape, const std::int16_t* weights) {
  for (int j = 0; j < shape.n; ++j) {
    std::int64_t most = 0;
    for (std::ptrdiff_t k = 0; k < std::ptrdiff_t{9} * shape.channels; ++k)
      most += 255 * std::abs(weights[k * shape.n + j]);
    if (most * 4 > INT32_MAX) return false;
  }
  return true;
}

std::size_t workspace_bytes(const WinogradU8Variant& variant, const WinogradU8Shape& shape,
                            int out_width, int rows) {
  if (variant.isa == Isa::portable)
    return static_cast<std::size_t>(9 * std::ptrdiff_t{shape.channels} + kReadBehind);
  // Not what these rows' blocks have, but the most that so many rows or fewer may.
  const int tiles = rows * ((out_width + kWinogradTile - 1) / kWinogradTile);
  const auto most = static_cast<int>(most_tiles(shape));
  const auto block = block_with(shape, tiles < most ? tiles : most);
  return static_cast<std::size_t>(kWinogradPoints *
                                  (block.in_point * 2 + point_bytes(shape) + block.out_point * 4));
}

std::size_t packed_bytes(const WinogradU8Variant& variant, const WinogradU8Shape& shape,
                         const GemmU8Constants& constants) {
  if (variant.isa == Isa::portable)
    return packed_bytes(gemm_u8_variants()[0], whole_of(shape), constants);
  return ending_bytes(shape) + sizeof(WinogradWeights) +
         static_cast<std::size_t>(panels_of(shape) *
                                  panel_bytes(shape, is_wide(shape, constants.weights)));
}

void pack_winograd_u8(const WinogradU8Variant& variant, const WinogradU8Shape& shape,
                      const GemmU8Constants& constants, std::byte* to) {
  if (variant.isa == Isa::portable)
    return pack_gemm_u8(gemm_u8_variants()[0], whole_of(shape), constants, to);
  std::memset(to, 0, packed_bytes(variant, shape, constants));
  pack_gemm_u8(words_variant(), ending_of(shape), constants, to);
  to += ending_bytes(shape);
  const WinogradWeights header{is_wide(shape, constants.weights) ? 1 : 0, {}};
  std::memcpy(to, &header, sizeof header);
  to += sizeof header;
  header.wide != 0 ? put_weights<std::int16_t>(shape, constants.weights, to)
                   : put_weights<std::int8_t>(shape, constants.weights, to);
}

}  // namespace slipway::kernels
