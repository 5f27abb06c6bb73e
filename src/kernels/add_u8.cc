#include "kernels/add_u8.h"

#include "kernels/add_u8_isa.h"
#include "kernels/table.h"

namespace slipway::kernels {
namespace {

void portable(const AddU8& job) {
  if (job.addition.table) return add_u8_table(job);
  for (std::ptrdiff_t i = 0; i < job.count; ++i) job.out[i] = add(job.a[i], job.b[i], job.addition);
}

}  // namespace

void add_u8_table(const AddU8& job) {
  for (std::ptrdiff_t i = 0; i < job.count; ++i) job.out[i] = job.table[job.a[i] * 256 + job.b[i]];
}

std::span<const AddU8Variant> add_u8_variants() {
  static constexpr auto kVariants = table<AddU8Variant>({
      {Isa::portable, portable},
      {Isa::avx2, add_u8_avx2},
      {Isa::avx512, add_u8_avx512},
      {Isa::neon, add_u8_neon},
  });
  return kVariants;
}

}  // namespace slipway::kernels
