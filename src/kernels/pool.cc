#include "kernels/pool.h"

#include <cmath>

#include "kernels/pool_body.h"

namespace slipway::kernels {

float pool_power(float x, float p) { return std::pow(x, p); }

std::span<const PoolVariant> pool_variants() {
  static constexpr PoolVariant kVariants[] = {
    {Isa::portable, run_pool},
#if defined(__x86_64__)
    {Isa::avx2, pool_avx2},
    {Isa::avx512, pool_avx512},
#endif
  };
  return kVariants;
}

}  // namespace slipway::kernels
