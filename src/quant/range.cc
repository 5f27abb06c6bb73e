#include "quant/range.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace slipway::quant {
namespace {

constexpr std::array<std::string_view, 4> kMethods = {"minmax", "percentile", "entropy", "mse"};

constexpr std::int64_t kBins = Histogram::kBins;

/// The bin that begins at 0.
std::int64_t zero_bin(const Histogram& seen) {
  return -static_cast<std::int64_t>(std::llround(seen.begin_of(0) / seen.width()));
}

/// What is counted in a bin, without numbers that are 0: they are steps of any range.
std::int64_t count_at(const Histogram& seen, std::int64_t i) {
  const bool has_zeros = i == zero_bin(seen);
  return seen.counts()[static_cast<std::size_t>(i)] - (has_zeros ? seen.zeros() : 0);
}

/// Cut to what was seen.
Range within(const Histogram& seen, double low, double high) {
  return {std::max(seen.min(), static_cast<float>(std::min(low, 0.0))),
          std::min(seen.max(), static_cast<float>(std::max(high, 0.0)))};
}

Range by_percentile(const Histogram& seen, double percentile) {
  const double beyond = (1 - percentile / 100) / 2 * static_cast<double>(seen.count());
  std::int64_t first = 0;
  std::int64_t last = kBins - 1;
  for (double sum = 0; first < kBins; ++first) {
    sum += static_cast<double>(seen.counts()[static_cast<std::size_t>(first)]);
    if (sum > beyond) break;
  }
  for (double sum = 0; last > first; --last) {
    sum += static_cast<double>(seen.counts()[static_cast<std::size_t>(last)]);
    if (sum > beyond) break;
  }
  return within(seen, seen.begin_of(first), seen.begin_of(last + 1));
}

/// The sum of squared errors: a twelfth of a step's square inside, the distance to the end outside.
double squared_error(const Histogram& seen, double low, double high, std::int32_t steps) {
  const double step = (high - low) / steps;
  const double inside = step * step / 12;
  double out = 0;
  for (std::int64_t i = 0; i < kBins; ++i) {
    const auto count = static_cast<double>(count_at(seen, i));
    if (count == 0) continue;
    const double x = seen.begin_of(i) + seen.width() / 2;
    const double beyond = x < low ? low - x : x > high ? x - high : 0;
    out += count * (inside + beyond * beyond);
  }
  return out;
}

/// Both ends drawn in together, then each alone.
Range by_error(const Histogram& seen, const RangeOptions& options) {
  constexpr int kTries = 100;
  const double min = static_cast<double>(seen.min());
  const double max = static_cast<double>(seen.max());
  double low = min;
  double high = max;
  if (options.symmetric && min < 0) {
    high = std::max(max, -min);
    low = -high;
  }
  const double full_low = low;
  const double full_high = high;
  const auto steps = most_steps(options.reduced);
  double best = squared_error(seen, low, high, steps);
  const auto attempt = [&](double tried_low, double tried_high) {
    const double error = squared_error(seen, tried_low, tried_high, steps);
    if (error >= best) return;
    best = error;
    low = tried_low;
    high = tried_high;
  };
  for (int i = 1; i < kTries; ++i) {
    const double part = 1 - static_cast<double>(i) / kTries;
    attempt(full_low * part, full_high * part);
  }
  const bool two_ends = low < 0 && high > 0 && !options.symmetric;
  for (int i = 0; two_ends && i < kTries; ++i)
    attempt(full_low * (1 - static_cast<double>(i) / kTries), high);
  for (int i = 0; two_ends && i < kTries; ++i)
    attempt(low, full_high * (1 - static_cast<double>(i) / kTries));
  return within(seen, low, high);
}

/// How much less the numbers of bins `from` to `to` say once they are `steps` steps and what lies
/// outside is at the ends.
double divergence(const std::vector<double>& counts, std::int64_t from, std::int64_t to,
                  std::int64_t steps) {
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  std::vector<double> p(counts.begin() + from, counts.begin() + to);
  const std::vector<double> inside = p;
  for (std::int64_t i = 0; i < from; ++i) p.front() += counts[at(i)];
  for (std::int64_t i = to; i < std::ssize(counts); ++i) p.back() += counts[at(i)];
  const std::int64_t length = to - from;
  std::vector<double> q(p.size(), 0);
  double p_sum = 0;
  double q_sum = 0;
  for (std::int64_t k = 0; k < steps; ++k) {
    const std::int64_t begin = k * length / steps;
    const std::int64_t end = (k + 1) * length / steps;
    double sum = 0;
    std::int64_t filled = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      sum += inside[at(i)];
      filled += p[at(i)] > 0 ? 1 : 0;
    }
    for (std::int64_t i = begin; i < end; ++i)
      if (p[at(i)] > 0) q[at(i)] = sum / static_cast<double>(filled);
  }
  for (std::size_t i = 0; i < p.size(); ++i) {
    p_sum += p[i];
    q_sum += q[i];
  }
  if (p_sum == 0 || q_sum == 0) return std::numeric_limits<double>::infinity();
  constexpr double kNothing = 1e-9;  // where outliers fell into an empty bin
  double out = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    out += p[i] / p_sum * std::log(p[i] / p_sum / std::max(q[i] / q_sum, kNothing));
  }
  return out;
}

Range by_entropy(const Histogram& seen, const RangeOptions& options) {
  std::vector<double> counts;
  for (std::int64_t i = 0; i < kBins; ++i) counts.push_back(static_cast<double>(count_at(seen, i)));
  const std::int64_t zero = zero_bin(seen);
  const std::int64_t steps = most_steps(options.reduced) + 1;
  const bool below = zero > 0;
  const std::int64_t reach = kBins - zero;
  const std::int64_t least = below ? steps / 2 : steps;
  std::int64_t best = reach;
  double lost = std::numeric_limits<double>::infinity();
  constexpr std::int64_t kApart = 8;  // bins between those that are tried
  for (std::int64_t length = least; length <= reach; length += kApart) {
    const double now = divergence(counts, below ? zero - length : 0, zero + length, steps);
    if (now >= lost) continue;
    lost = now;
    best = length;
  }
  const double end = static_cast<double>(best) * seen.width();
  return within(seen, -end, end);
}

}  // namespace

std::string_view name_of(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

std::optional<Method> method_from(std::string_view name) {
  const auto at = std::ranges::find(kMethods, name);
  if (at == kMethods.end()) return std::nullopt;
  return static_cast<Method>(at - kMethods.begin());
}

Range range_of(const Histogram& seen, const RangeOptions& options) {
  if (seen.count() == seen.zeros()) return {};
  switch (options.method) {
    case Method::minmax:
      break;
    case Method::percentile:
      return by_percentile(seen, options.percentile);
    case Method::entropy:
      return by_entropy(seen, options);
    case Method::mse:
      return by_error(seen, options);
  }
  return {seen.min(), seen.max()};
}

Quantization steps_of(Range range, const RangeOptions& options) {
  const auto most = most_steps(options.reduced);
  double low = static_cast<double>(range.low);
  double high = static_cast<double>(range.high);
  std::int32_t zero = 0;
  double scale = 0;
  if (options.symmetric && low < 0) {
    zero = (most + 1) / 2;
    scale = std::max(high, -low) / (most / 2);
  } else if (high > low) {
    zero = static_cast<std::int32_t>(std::nearbyint(-low / (high - low) * most));
    const double above = zero < most ? high / (most - zero) : 0;
    const double below = zero > 0 ? -low / zero : 0;
    scale = std::max(above, below);
  }
  constexpr float kLeast = 1e-30F;  // products of scales must be numbers, too
  const auto rounded = static_cast<float>(scale);
  if (!(rounded > kLeast)) return per_tensor(1.0F, 0);
  return per_tensor(std::min(rounded, std::numeric_limits<float>::max()),
                    std::clamp(zero, 0, most));
}

double saturated(const Histogram& seen, const Quantization& steps, bool reduced) {
  if (seen.count() == 0) return 0;
  const auto scale = static_cast<double>(steps.scale[0]);
  const double low = scale * (0 - 0.5 - steps.zero_point[0]);
  const double high = scale * (most_steps(reduced) + 0.5 - steps.zero_point[0]);
  std::int64_t beyond = 0;
  for (std::int64_t i = 0; i < kBins; ++i) {
    const double x = seen.begin_of(i) + seen.width() / 2;
    if (x < low || x > high) beyond += count_at(seen, i);
  }
  return static_cast<double>(beyond) / static_cast<double>(seen.count());
}

}  // namespace slipway::quant
