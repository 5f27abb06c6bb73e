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

double mean_square_share(const Tensor& is, const Tensor& should) {
  const double share = range_share(is, should);
  if (should.dtype() != DType::f32 || share == 1) return share;
  const auto a = is.values<float>();
  const auto b = should.values<float>();
  double sum = 0;
  double range = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i])) continue;  // the same of both
    const double apart = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += apart * apart;
    range = std::max(range, std::abs(static_cast<double>(b[i])));
  }
  return sum / (range * range * static_cast<double>(std::max<std::size_t>(a.size(), 1)));
}

}  // namespace slipway::cpu
