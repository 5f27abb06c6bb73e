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

}  // namespace slipway::kernels
