#include "kernels/dequantize_u8.h"

#include "kernels/dequantize_u8_body.h"

namespace slipway::kernels {

std::span<const DequantizeU8Variant> dequantize_u8_variants() {
  static constexpr DequantizeU8Variant kVariants[] = {
    {Isa::portable, run_dequantize},
#if defined(__x86_64__)
    {Isa::avx2, dequantize_u8_avx2},
    {Isa::avx512, dequantize_u8_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
