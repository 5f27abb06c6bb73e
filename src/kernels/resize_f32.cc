#include "kernels/resize_f32.h"

#include "kernels/resize_f32_body.h"

namespace slipway::kernels {

std::span<const ResizeF32Variant> resize_f32_variants() {
  static constexpr ResizeF32Variant kVariants[] = {
    {Isa::portable, run_resize},
#if defined(__x86_64__)
    {Isa::avx2, resize_f32_avx2},
    {Isa::avx512, resize_f32_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
