#include "kernels/move.h"

#include "kernels/move_body.h"

namespace slipway::kernels {

std::span<const MoveVariant> move_variants() {
  static constexpr MoveVariant kVariants[] = {
    {Isa::portable, run_move},
#if defined(__x86_64__)
    {Isa::avx2, move_avx2},
    {Isa::avx512, move_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
