#include "measure/binomial.h"

#include <algorithm>
#include <cmath>

namespace slipway::measure {

std::int64_t binomial_quantile(std::int64_t n, double p, double probability) {
  const auto count = static_cast<double>(n);
  // Beyond 12 deviations lies less than 1e-32.
  const double reach = 12 * std::sqrt(count * p * (1 - p)) + 12;
  auto k = static_cast<std::int64_t>(std::max(0.0, std::floor(count * p - reach)));
  const auto at = static_cast<double>(k);
  double mass =
      std::exp(std::lgamma(count + 1) - std::lgamma(at + 1) - std::lgamma(count - at + 1) +
               at * std::log(p) + (count - at) * std::log1p(-p));
  double sum = mass;
  while (sum <= probability && k < n) {
    mass *= static_cast<double>(n - k) / static_cast<double>(k + 1) * (p / (1 - p));
    ++k;
    sum += mass;
  }
  return k;
}

}  // namespace slipway::measure
