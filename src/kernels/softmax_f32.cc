#include "kernels/softmax_f32.h"

#include "kernels/softmax_f32_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const SoftmaxF32Variant> softmax_f32_variants() {
  static constexpr auto kVariants = table<SoftmaxF32Variant>({
      {Isa::portable, run_softmax},
      {Isa::avx2, softmax_f32_avx2},
      {Isa::avx512, softmax_f32_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
