#include "kernels/planar_f32.h"

#include "kernels/planar_f32_body.h"

namespace slipway::kernels {

std::span<const PlanarF32Variant> planar_f32_variants() {
  static constexpr PlanarF32Variant kVariants[] = {
    {Isa::portable, run_planar},
#if defined(__x86_64__)
    {Isa::avx2, planar_f32_avx2},
    {Isa::avx512, planar_f32_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
