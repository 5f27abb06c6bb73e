#include "kernels/dynamic_u8.h"

#include "kernels/dynamic_u8_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const DynamicVariant<WidenRange>> widen_range_variants() {
  static constexpr auto kVariants = table<DynamicVariant<WidenRange>>({
      {Isa::portable, run_range},
      {Isa::avx2, widen_range_avx2},
      {Isa::avx512, widen_range_avx512},
  });
  return kVariants;
}

std::span<const DynamicVariant<DynamicU8>> dynamic_u8_variants() {
  static constexpr auto kVariants = table<DynamicVariant<DynamicU8>>({
      {Isa::portable, run_dynamic},
      {Isa::avx2, dynamic_u8_avx2},
      {Isa::avx512, dynamic_u8_avx512},
  });
  return kVariants;
}

std::span<const DynamicVariant<ScaleSums>> scale_sums_variants() {
  static constexpr auto kVariants = table<DynamicVariant<ScaleSums>>({
      {Isa::portable, run_scale},
      {Isa::avx2, scale_sums_avx2},
      {Isa::avx512, scale_sums_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
