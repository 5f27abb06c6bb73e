#include "quant/quality.h"

#include <algorithm>
#include <cmath>

#include "quant/members.h"

namespace slipway::quant {

std::int64_t top(std::span<const float> values) {
  return std::ranges::max_element(values) - values.begin();
}

double decibels(double signal, double noise) {
  constexpr double kMost = 100;
  if (noise == 0) return kMost;
  if (!(signal > 0)) return 0;
  return std::min(10 * std::log10(signal / noise), kMost);
}

std::string_view verdict(double psnr_db) {
  if (!(psnr_db >= 20)) return "poor";
  if (psnr_db < 25) return "acceptable";
  return psnr_db <= 30 ? "good" : "very good";
}

void Quality::add(std::span<const float> should, std::span<const float> is) {
  if (pictures_ == 0 && !should.empty()) min_ = max_ = static_cast<double>(should[0]);
  double squared = 0;
  for (std::size_t i = 0; i < should.size(); ++i) {
    const double x = static_cast<double>(should[i]);
    const double error = static_cast<double>(is[i]) - x;
    min_ = std::min(min_, x);
    max_ = std::max(max_, x);
    squares_ += x * x;
    squared += error * error;
    largest_error_ = std::max(largest_error_, std::abs(error));
  }
  squared_errors_ += squared;
  count_ += std::ssize(should);
  if (squared > worst_ * static_cast<double>(should.size())) {
    worst_ = squared / static_cast<double>(should.size());
    worst_picture_ = pictures_;
  }
  if (top(should) == top(is)) ++agree_;
  ++pictures_;
}

double Quality::psnr_db() const {
  const double range = max_ - min_;
  return decibels(range * range * static_cast<double>(count_), squared_errors_);
}

double Quality::sqnr_db() const { return decibels(squares_, squared_errors_); }

Json Quality::to_json() const {
  Json out;
  out.set("pictures", pictures_);
  out.set("agree", agree_);
  out.set("count", count_);
  out.set("worst_picture", worst_picture_);
  out.set("worst", worst_);
  out.set("min", min_);
  out.set("max", max_);
  out.set("squares", squares_);
  out.set("squared_errors", squared_errors_);
  out.set("largest_error", largest_error_);
  return out;
}

Result<Quality> Quality::from_json(const Json& json) {
  const Members members(json, "the sums of an output");
  Quality out;
  out.pictures_ = SLIPWAY_TRY(members.whole("pictures"));
  out.agree_ = SLIPWAY_TRY(members.whole("agree"));
  out.count_ = SLIPWAY_TRY(members.whole("count"));
  out.worst_picture_ = SLIPWAY_TRY(members.whole("worst_picture"));
  out.worst_ = SLIPWAY_TRY(members.real("worst"));
  out.min_ = SLIPWAY_TRY(members.real("min"));
  out.max_ = SLIPWAY_TRY(members.real("max"));
  out.squares_ = SLIPWAY_TRY(members.real("squares"));
  out.squared_errors_ = SLIPWAY_TRY(members.real("squared_errors"));
  out.largest_error_ = SLIPWAY_TRY(members.real("largest_error"));
  return out;
}

}  // namespace slipway::quant
