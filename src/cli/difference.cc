#include "cli/difference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/core.h>

namespace slipway::cli {

Difference difference(const std::string& name, const Tensor& a, const Tensor& b, double tolerance) {
  Difference out{.name = name, .problem = {}};
  if (a.elements() != b.elements()) {
    out.problem = fmt::format("{} here, {} there", a.shape().text(), b.shape().text());
    return out;
  }
  const auto x = to_doubles(dequantized(a));
  const auto y = to_doubles(dequantized(b));
  if (x.empty()) return out;
  double sum = 0;
  double squares = 0;
  std::size_t equal = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool same = x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]));
    const double apart = same ? 0 : std::abs(x[i] - y[i]);
    if (apart <= tolerance) ++equal;
    // A not-a-number on one side only is as far away as can be.
    out.max_abs =
        std::isnan(apart) ? std::numeric_limits<double>::infinity() : std::max(out.max_abs, apart);
    sum += apart;
    squares += apart * apart;
    if (std::isfinite(x[i])) {
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
    }
  }
  const auto count = static_cast<double>(x.size());
  out.mean_abs = sum / count;
  out.correct = static_cast<double>(equal) / count;
  const double range = high > low ? high - low : std::abs(high);
  out.psnr_db = squares == 0 ? std::numeric_limits<double>::infinity()
                             : 10 * std::log10(range * range / (squares / count));
  return out;
}

}  // namespace slipway::cli
