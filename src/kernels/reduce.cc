#include "kernels/reduce.h"

#include "kernels/reduce_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

std::span<const ReduceVariant> reduce_variants() {
  static constexpr auto kVariants = table<ReduceVariant>({
      {Isa::portable, run_reduce},
      {Isa::avx2, reduce_avx2},
      {Isa::avx512, reduce_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
