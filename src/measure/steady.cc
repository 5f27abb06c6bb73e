#include "measure/steady.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "measure/versus.h"

namespace slipway::measure {
namespace {

constexpr std::size_t kFewest = 8;  // windows
constexpr double kDrift = 0.03;
constexpr double kChance = 0.01;
constexpr double kSpread = 1.10;

/// The chance of a trend as clear as this one, upwards or downwards, where there is none: Kendall's
/// sum of signs is nearly normal from 8 values on.
double chance_of_trend(std::span<const double> values) {
  double signs = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      signs += (values[j] > values[i] ? 1 : 0) - (values[j] < values[i] ? 1 : 0);
  const auto part = [](double n) { return n * (n - 1) * (2 * n + 5); };
  double variance = part(static_cast<double>(values.size()));
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  for (auto at = sorted.begin(); at != sorted.end();) {  // equal ones say nothing
    const auto end = std::upper_bound(at, sorted.end(), *at);
    variance -= part(static_cast<double>(end - at));
    at = end;
  }
  if (variance <= 0) return 1;
  const double z = std::max(0.0, std::abs(signs) - 1) / std::sqrt(variance / 18);
  return std::erfc(z / std::numbers::sqrt2);
}

/// The median of the slopes between each two, times the length.
double change_of(std::span<const double> values) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
  return median_of(std::move(slopes)) * static_cast<double>(values.size() - 1);
}

/// Slowest by fastest of the medians of the last three of eight parts.
double spread_of(std::span<const double> values) {
  double least = INFINITY;
  double most = 0;
  for (std::size_t part = 5; part < 8; ++part) {
    const auto begin = values.size() * part / 8;
    const auto end = values.size() * (part + 1) / 8;
    const auto own = values.subspan(begin, end - begin);
    const double middle = median_of(std::vector<double>(own.begin(), own.end()));
    least = std::min(least, middle);
    most = std::max(most, middle);
  }
  return least > 0 ? most / least : 1;
}

}  // namespace

void Course::add(std::int64_t ns) {
  if (windows_.empty() || in_last_ == length_) {
    if (windows_.size() == kWindows) halve();
    windows_.emplace_back().reserve(kKept);
    in_last_ = 0;
  }
  if (in_last_ % stride() == 0) windows_.back().push_back(ns);
  ++in_last_;
}

/// Of two neighbours that are one window now each second sample stays once they are too many.
void Course::halve() {
  const bool thin = length_ >= kKept;
  for (std::size_t i = 0; i < kWindows / 2; ++i) {
    auto joined = std::move(windows_[2 * i]);
    const auto& later = windows_[2 * i + 1];
    joined.insert(joined.end(), later.begin(), later.end());
    if (thin) {
      for (std::size_t k = 0; 2 * k < joined.size(); ++k) joined[k] = joined[2 * k];
      joined.resize((joined.size() + 1) / 2);
    }
    windows_[i] = std::move(joined);
  }
  windows_.resize(kWindows / 2);
  length_ *= 2;
}

std::vector<double> Course::medians() const {
  std::vector<double> out;
  for (std::size_t i = 0; i < windows_.size(); ++i)
    if (i + 1 < windows_.size() || 2 * in_last_ >= length_) out.push_back(median_of(windows_[i]));
  return out;
}

Steadiness steadiness_of(std::span<const double> medians) {
  Steadiness out;
  if (medians.size() < kFewest) return out;
  const double level = median_of(std::vector<double>(medians.begin(), medians.end()));
  out.chance = chance_of_trend(medians);
  out.drift = level > 0 ? change_of(medians) / level : 0;
  out.spread = spread_of(medians);
  out.is = Steadiness::Is::steady;
  if (out.spread > kSpread) out.is = Steadiness::Is::uneven;
  if (out.chance < kChance && std::abs(out.drift) > kDrift) out.is = Steadiness::Is::drifts;
  return out;
}

}  // namespace slipway::measure
