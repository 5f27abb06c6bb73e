#include "kernels/move.h"

#include "kernels/move_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const MoveVariant> move_variants() {
  static constexpr auto kVariants = table<MoveVariant>({
      {Isa::portable, run_move},
      {Isa::avx2, move_avx2},
      {Isa::avx512, move_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
