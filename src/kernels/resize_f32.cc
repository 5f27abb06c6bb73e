#include "kernels/resize_f32.h"

#include "kernels/resize_f32_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const ResizeF32Variant> resize_f32_variants() {
  static constexpr auto kVariants = table<ResizeF32Variant>({
      {Isa::portable, run_resize},
      {Isa::avx2, resize_f32_avx2},
      {Isa::avx512, resize_f32_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
