#include "quant/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/members.h"

namespace slipway::quant {
namespace {

/// The least k such that |x| < 2^k.
int exponent_above(float x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return exponent;
}

}  // namespace

double Histogram::mean_min() const {
  return pictures_ == 0 ? 0 : sum_of_min_ / static_cast<double>(pictures_);
}

double Histogram::mean_max() const {
  return pictures_ == 0 ? 0 : sum_of_max_ / static_cast<double>(pictures_);
}

double Histogram::width() const { return std::ldexp(1.0, exponent_); }

double Histogram::begin_of(std::int64_t i) const {
  return std::ldexp(static_cast<double>(first_ + i), exponent_);
}

void Histogram::add(std::span<const float> values) {
  float low = std::numeric_limits<float>::max();
  float high = std::numeric_limits<float>::lowest();
  std::int64_t finite = 0;
  std::int64_t zeros = 0;
  for (const float x : values) {
    const bool is_finite = std::abs(x) <= std::numeric_limits<float>::max();
    finite += is_finite ? 1 : 0;
    zeros += x == 0 ? 1 : 0;
    low = is_finite && x < low ? x : low;
    high = is_finite && x > high ? x : high;
  }
  ++pictures_;
  not_finite_ += std::ssize(values) - finite;
  if (finite == 0) return;
  sum_of_min_ += static_cast<double>(low);
  sum_of_max_ += static_cast<double>(high);
  widen(low, high);
  count_ += finite;
  zeros_ += zeros;
  const float per_bin = std::ldexp(1.0F, -exponent_);
  const auto first = static_cast<std::int32_t>(first_);
  const bool all = finite == std::ssize(values);
  for (const float x : values) {
    if (!all && !(std::abs(x) <= std::numeric_limits<float>::max())) continue;
    const float bins = x * per_bin;
    const auto whole = static_cast<std::int32_t>(bins);
    const std::int32_t floor = whole - (static_cast<float>(whole) > bins ? 1 : 0);
    ++counts_[static_cast<std::size_t>(floor - first)];
  }
}

void Histogram::merge(const Histogram& other) {
  Histogram moved = other;
  if (other.count_ > 0) {
    widen(other.min_, other.max_);
    moved.place(exponent_, first_);
  }
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += moved.counts_[i];
  pictures_ += other.pictures_;
  count_ += other.count_;
  zeros_ += other.zeros_;
  not_finite_ += other.not_finite_;
  sum_of_min_ += other.sum_of_min_;
  sum_of_max_ += other.sum_of_max_;
}

/// Makes room for numbers from `low` to `high`.
void Histogram::widen(float low, float high) {
  min_ = std::min(min_, low);
  max_ = std::max(max_, high);
  constexpr int kLog2OfBins = 11;
  static_assert(kBins == 1 << kLog2OfBins);
  const bool one_sided = min_ == 0;
  const int above = std::max(exponent_above(min_), exponent_above(max_));
  const int exponent = above - kLog2OfBins + (one_sided ? 0 : 1);
  place(std::max({exponent, exponent_, kLeastExponent}), one_sided ? 0 : -kBins / 2);
}

/// Needs bins as wide or wider, and a place that holds all numbers that were counted.
void Histogram::place(int exponent, std::int64_t first) {
  if (exponent == exponent_ && first == first_) return;
  std::array<std::int64_t, kBins> moved{};
  const int wider = std::min(exponent - exponent_, 62);
  for (std::int64_t i = 0; i < kBins; ++i) {
    const auto count = counts_[static_cast<std::size_t>(i)];
    if (count != 0) moved[static_cast<std::size_t>(((first_ + i) >> wider) - first)] += count;
  }
  counts_ = moved;
  exponent_ = exponent;
  first_ = first;
}

Json Histogram::to_json() const {
  Json out;
  out.set("exponent", exponent_);
  out.set("first", first_);
  out.set("pictures", pictures_);
  out.set("count", count_);
  out.set("zeros", zeros_);
  out.set("not_finite", not_finite_);
  out.set("min", static_cast<double>(min_));
  out.set("max", static_cast<double>(max_));
  out.set("sum_of_min", sum_of_min_);
  out.set("sum_of_max", sum_of_max_);
  Json bins(Json::Array{});  // number of the bin, what it counts
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    bins.push(i);
    bins.push(counts_[i]);
  }
  out.set("bins", std::move(bins));
  return out;
}

Result<Histogram> Histogram::from_json(const Json& json) {
  const Members members(json, "a histogram");
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  Histogram out;
  out.exponent_ = static_cast<int>(SLIPWAY_TRY(members.whole("exponent", kLeastExponent, 128)));
  out.first_ = SLIPWAY_TRY(members.whole("first", -kBins, 0));
  out.pictures_ = SLIPWAY_TRY(members.whole("pictures", 0, kMost));
  out.count_ = SLIPWAY_TRY(members.whole("count", 0, kMost));
  out.zeros_ = SLIPWAY_TRY(members.whole("zeros", 0, kMost));
  out.not_finite_ = SLIPWAY_TRY(members.whole("not_finite", 0, kMost));
  out.min_ = static_cast<float>(SLIPWAY_TRY(members.real("min")));
  out.max_ = static_cast<float>(SLIPWAY_TRY(members.real("max")));
  out.sum_of_min_ = SLIPWAY_TRY(members.real("sum_of_min"));
  out.sum_of_max_ = SLIPWAY_TRY(members.real("sum_of_max"));
  const auto* bins = SLIPWAY_TRY(members.list("bins"));
  if (bins->size() % 2 != 0)
    return fail(Code::corrupt, "a histogram has no pairs of numbers as 'bins'");
  for (std::size_t i = 0; i < bins->size(); i += 2) {
    const auto* at = (*bins)[i].integer();
    const auto* count = (*bins)[i + 1].integer();
    if (at == nullptr || count == nullptr || *at < 0 || *at >= kBins || *count < 0)
      return fail(Code::corrupt, "a histogram has a bin that there is not");
    out.counts_[static_cast<std::size_t>(*at)] = *count;
  }
  return out;
}

}  // namespace slipway::quant
