#include "kernels/lookup_u8.h"

#include "kernels/lookup_u8_isa.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

void portable(const LookupU8& job) {
  std::int64_t i = 0;
  // Eight at a time, for the processor to have loads in flight.
  for (; i + 8 <= job.count; i += 8) {
    std::uint8_t found[8];
    for (int k = 0; k < 8; ++k) found[k] = job.table[job.in[i + k]];
    for (int k = 0; k < 8; ++k) job.out[i + k] = found[k];
  }
  for (; i < job.count; ++i) job.out[i] = job.table[job.in[i]];
}

}  // namespace

std::span<const LookupU8Variant> lookup_u8_variants() {
  static constexpr auto kVariants = table<LookupU8Variant>({
      {Isa::portable, portable},
      {Isa::avx2, lookup_u8_avx2},
      {Isa::avx512, lookup_u8_avx512},
      {Isa::neon, lookup_u8_neon},
  });
  return kVariants;
}

}  // namespace slipway::kernels
