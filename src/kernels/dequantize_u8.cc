#include "kernels/dequantize_u8.h"

#include "kernels/dequantize_u8_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const DequantizeU8Variant> dequantize_u8_variants() {
  static constexpr auto kVariants = table<DequantizeU8Variant>({
      {Isa::portable, run_dequantize},
      {Isa::avx2, dequantize_u8_avx2},
      {Isa::avx512, dequantize_u8_avx512},
  });
  return kVariants;
}

std::span<const NormalizeU8Variant> normalize_u8_variants() {
  static constexpr auto kVariants = table<NormalizeU8Variant>({
      {Isa::portable, run_normalize},
      {Isa::avx2, normalize_u8_avx2},
  });
  return kVariants;
}

}  // namespace slipway::kernels
