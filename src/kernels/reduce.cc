#include "kernels/reduce.h"

#include "kernels/reduce_body.h"

namespace slipway::kernels {

std::span<const ReduceVariant> reduce_variants() {
  static constexpr ReduceVariant kVariants[] = {
    {Isa::portable, run_reduce},
#if defined(__x86_64__)
    {Isa::avx2, reduce_avx2},
    {Isa::avx512, reduce_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
