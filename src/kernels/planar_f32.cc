#include "kernels/planar_f32.h"

#include "kernels/planar_f32_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const PlanarF32Variant> planar_f32_variants() {
  static constexpr auto kVariants = table<PlanarF32Variant>({
      {Isa::portable, run_planar},
      {Isa::avx2, planar_f32_avx2},
      {Isa::avx512, planar_f32_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
