#include "kernels/mean_u8.h"

#include "kernels/mean_u8_isa.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

void portable(const MeanU8& job) {
  constexpr int kTogether = 64;
  for (int c = 0; c < job.channels; c += kTogether) {
    const int count = job.channels - c < kTogether ? job.channels - c : kTogether;
    std::int32_t sums[kTogether];
    for (int i = 0; i < count; ++i) sums[i] = job.bias;
    const std::uint8_t* in = job.in + c;
    for (int p = 0; p < job.pixels; ++p, in += job.channels)
      for (int i = 0; i < count; ++i) sums[i] += in[i];
    for (int i = 0; i < count; ++i)
      job.out[c + i] = requantize_as(job.kind, sums[i], job.words, job.requantization);
  }
}

}  // namespace

std::span<const MeanU8Variant> mean_u8_variants() {
  static constexpr auto kVariants = table<MeanU8Variant>({
      {Isa::portable, portable},
      {Isa::avx2, mean_u8_avx2},
      {Isa::avx512, mean_u8_avx512},
      {Isa::neon, mean_u8_neon},
  });
  return kVariants;
}

}  // namespace slipway::kernels
