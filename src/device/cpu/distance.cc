#include "device/cpu/distance.h"

#include <algorithm>
#include <cmath>

namespace slipway::cpu {

double range_share(const Tensor& is, const Tensor& should) {
  if (should.dtype() != DType::f32) return is == should ? 0 : 1;
  const auto a = is.values<float>();
  const auto b = should.values<float>();
  double most = 0;
  double range = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    if (!std::isfinite(x) || !std::isfinite(y)) {
      if (x != y && !(std::isnan(x) && std::isnan(y))) return 1;
      continue;
    }
    most = std::max(most, std::abs(x - y));
    range = std::max(range, std::abs(y));
  }
  return most / range;
}

}  // namespace slipway::cpu
