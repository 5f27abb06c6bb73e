#include "measure/stats.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "measure/binomial.h"

namespace slipway::measure {
namespace {

constexpr std::int64_t kWhole = 100'000;
constexpr double kTail = 0.025;  // of the 95 %, on either side
constexpr double kAlike = 0.1;   // correlation from which neighbours count as alike

std::int64_t scaled_up(std::int64_t n, double by) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(n) * by));
}

std::int64_t scaled_down(std::int64_t n, double by) {
  return static_cast<std::int64_t>(std::floor(static_cast<double>(n) * by));
}

Percentile percentile_of(const Samples& samples, Percent percent) {
  const auto count = samples.count();
  const auto rank = rank_of(count, percent);
  Percentile out{percent, {}, samples_needed(percent), count};
  if (samples.lag1() > kAlike) {
    const std::int64_t own[] = {rank};
    const double fewer = static_cast<double>(count) / samples.grouping(samples.at(own)[0]);
    out.independent = std::max(std::int64_t{1}, static_cast<std::int64_t>(fewer));
  }
  const double each = static_cast<double>(count) / static_cast<double>(out.independent);
  out.needs = scaled_up(out.needs, each);
  const auto ranks = ranks_of(out.independent, percent);
  if (!ranks) return out;
  // The rank that lies as far among all samples as it did among the independent ones.
  const auto scaled = [&](std::int64_t own) {
    return std::llround((static_cast<double>(own) - 0.5) * each + 0.5);
  };
  const auto low = std::clamp(std::int64_t{scaled(ranks->low)}, std::int64_t{1}, rank);
  const auto high = std::clamp(std::int64_t{scaled(ranks->high)}, rank, count);
  const std::int64_t wanted[] = {rank, low, high};
  const auto values = samples.at(wanted);
  out.ns = Percentile::Estimate{values[0], values[1], values[2]};
  if (samples.is_exact()) return out;
  // Of a bucket only the middle is known: the interval takes in all that may lie there.
  const auto low_edge = scaled_down(values[1], 1 - Samples::kRelativeError);
  const auto high_edge = scaled_up(values[2], 1 + Samples::kRelativeError);
  out.ns->low = std::max(low_edge, samples.min());
  out.ns->high = std::min(high_edge, samples.max());
  return out;
}

}  // namespace

std::string text_of(Percent percent) {
  auto text = fmt::format("{}.{:03}", percent.thousandths / 1000, percent.thousandths % 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Result<std::vector<Percent>> parse_percents(std::string_view text) {
  std::vector<Percent> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto word = text.substr(at, end - at);
    at = end + 1;
    double value = 0;
    const auto [rest, problem] =
        std::from_chars(word.data(), word.data() + word.size(), value, std::chars_format::fixed);
    const bool is_number = problem == std::errc() && rest == word.data() + word.size();
    const bool fits = is_number && value > 0 && value < 100;
    const auto thousandths = fits ? std::llround(value * 1000) : 0;
    if (!fits || std::abs(static_cast<double>(thousandths) - value * 1000) > 1e-6)
      return fail(Code::invalid_input,
                  "'{}' is no percentile: a number over 0 and under 100, of three decimals at most",
                  word);
    out.push_back({thousandths});
  }
  return out;
}

std::int64_t rank_of(std::int64_t count, Percent percent) {
  return count / kWhole * percent.thousandths + count % kWhole * percent.thousandths / kWhole + 1;
}

std::optional<Ranks> ranks_of(std::int64_t count, Percent percent) {
  if (count < samples_needed(percent)) return std::nullopt;
  // low: the largest rank with P(B < low) <= 2.5 %; high: the smallest with P(B >= high) <= 2.5 %.
  const Ranks out{binomial_quantile(count, percent.part(), kTail),
                  binomial_quantile(count, percent.part(), 1 - kTail) + 1};
  if (out.low < 1 || out.high > count) return std::nullopt;
  return out;
}

std::int64_t samples_needed(Percent percent) {
  // All lie above the percentile with (1 - p)^n, all below it with p^n.
  const double nearer = std::max(percent.part(), 1 - percent.part());
  return static_cast<std::int64_t>(std::ceil(std::log(kTail) / std::log(nearer)));
}

Summary summary_of(const Samples& samples, const std::vector<Percent>& percents) {
  SLIPWAY_CHECK(samples.count() > 0);
  Summary out;
  out.count = samples.count();
  out.mean = samples.mean();
  out.stdev = samples.stdev();
  out.min = samples.min();
  out.max = samples.max();
  out.lag1 = samples.lag1();
  out.independent = out.count;
  out.relative_error = samples.is_exact() ? 0 : Samples::kRelativeError;
  for (const auto percent : percents) {
    out.percentiles.push_back(percentile_of(samples, percent));
    out.independent = std::min(out.independent, out.percentiles.back().independent);
  }
  const std::int64_t quartiles[] = {rank_of(out.count, {25'000}), rank_of(out.count, {75'000})};
  const auto values = samples.at(quartiles);
  const auto lower = static_cast<double>(values[0]);
  const auto upper = static_cast<double>(values[1]);
  out.low_outliers = samples.count_below(lower - 1.5 * (upper - lower));
  out.high_outliers = samples.count_above(upper + 1.5 * (upper - lower));
  return out;
}

}  // namespace slipway::measure
