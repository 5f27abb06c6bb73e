#include "kernels/winograd_u8.h"

#include <cstdlib>
#include <cstring>
#include <vector>

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

/// 2 G, by the row of the point.
constexpr int kOfWeights[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};

/// The weights of one point, [channels, n filled up], with columns in their slots.
std::vector<std::int16_t> transformed(const WinogradU8Shape& shape, std::ptrdiff_t point,
                                      const std::int16_t* weights) {
  const std::ptrdiff_t across = filled_up(shape.n);
  const std::ptrdiff_t apart = static_cast<std::ptrdiff_t>(shape.channels) * shape.n;
  std::vector<std::int16_t> out(static_cast<std::size_t>(across * shape.channels));
  for (std::ptrdiff_t k = 0; k < shape.channels; ++k) {
    for (std::ptrdiff_t j = 0; j < shape.n; ++j) {
      int sum = 0;
      for (int i = 0; i < 9; ++i) {
        sum += kOfWeights[point / kWinogradIn][i / 3] * kOfWeights[point % kWinogradIn][i % 3] *
               weights[i * apart + k * shape.n + j];
      }
      const auto place = static_cast<int>(j % kWinogradPanel);
      const auto to = k * across + j - place + slot_of(place, kWinogradPanel, true);
      out[static_cast<std::size_t>(to)] = static_cast<std::int16_t>(sum);
    }
  }
  return out;
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
  return static_cast<std::size_t>(kWinogradPoints * (block.in_point * 2 + block.out_point * 4));
}

std::size_t packed_bytes(const WinogradU8Variant& variant, const WinogradU8Shape& shape,
                         const GemmU8Constants& constants) {
  if (variant.isa == Isa::portable)
    return packed_bytes(gemm_u8_variants()[0], whole_of(shape), constants);
  return product_bytes(ending_of(shape)) +
         static_cast<std::size_t>(kWinogradPoints) * product_bytes(widened(point_of(shape)));
}

void pack_winograd_u8(const WinogradU8Variant& variant, const WinogradU8Shape& shape,
                      const GemmU8Constants& constants, std::byte* to) {
  if (variant.isa == Isa::portable)
    return pack_gemm_u8(gemm_u8_variants()[0], whole_of(shape), constants, to);
  pack_gemm_u8(words_variant(), ending_of(shape), constants, to);
  to += product_bytes(ending_of(shape));
  const auto product = point_of(shape);
  const std::vector<ChannelScale> none(static_cast<std::size_t>(product.n));
  for (std::ptrdiff_t point = 0; point < kWinogradPoints; ++point) {
    const auto weights = transformed(shape, point, constants.weights);
    pack_gemm_u8(words_variant(), product, {weights.data(), none.data()}, to);
    to += product_bytes(widened(product));
  }
}

}  // namespace slipway::kernels
