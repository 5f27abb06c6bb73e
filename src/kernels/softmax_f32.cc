#include "kernels/softmax_f32.h"

#include "kernels/softmax_f32_body.h"

namespace slipway::kernels {

std::span<const SoftmaxF32Variant> softmax_f32_variants() {
  static constexpr SoftmaxF32Variant kVariants[] = {
    {Isa::portable, run_softmax},
#if defined(__x86_64__)
    {Isa::avx2, softmax_f32_avx2},
    {Isa::avx512, softmax_f32_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
