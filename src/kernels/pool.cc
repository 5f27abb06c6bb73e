#include "kernels/pool.h"

#include <cmath>

#include "kernels/pool_body.h"
#include "kernels/table.h"

namespace slipway::kernels {

float pool_power(float x, float p) { return std::pow(x, p); }

std::span<const PoolVariant> pool_variants() {
  static constexpr auto kVariants = table<PoolVariant>({
      {Isa::portable, run_pool},
      {Isa::avx2, pool_avx2},
      {Isa::avx512, pool_avx512},
  });
  return kVariants;
}

}  // namespace slipway::kernels
