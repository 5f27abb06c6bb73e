#include "kernels/quantize_u8.h"

#include <cmath>

#include "kernels/quantize_u8_isa.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

void portable(const QuantizeU8& job) {
  const std::ptrdiff_t next_channel = job.channels_first ? job.pixels : 1;
  const std::ptrdiff_t next_pixel = job.channels_first ? 1 : job.channels;
  const auto low = static_cast<float>(-job.zero);
  const auto high = static_cast<float>(255 - job.zero);
  for (int c = 0; c < job.channels; ++c) {
    for (int p = 0; p < job.pixels; ++p) {
      const float x = job.in[c * next_channel + p * next_pixel] / job.scale;
      const float cut = x > low ? (x < high ? x : high) : low;
      job.out[static_cast<std::ptrdiff_t>(p) * job.channels + c] =
          static_cast<std::uint8_t>(static_cast<int>(std::nearbyint(cut)) + job.zero);
    }
  }
}

}  // namespace

std::span<const QuantizeU8Variant> quantize_u8_variants() {
  static constexpr auto kVariants = table<QuantizeU8Variant>({
      {Isa::portable, portable},
      {Isa::avx2, quantize_u8_avx2},
      {Isa::avx512, quantize_u8_avx512},
      {Isa::neon, quantize_u8_neon},
  });
  return kVariants;
}

}  // namespace slipway::kernels
