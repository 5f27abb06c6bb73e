#include "measure/loadgen.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "measure/binomial.h"

namespace slipway::measure {
namespace {

constexpr double kDoubt = 0.01;  // 1 - confidence

}  // namespace

std::string_view name_of(Scenario scenario) {
  static constexpr std::array<std::string_view, 5> kNames = {"single", "multi", "server", "offline",
                                                             "concurrency"};
  return kNames[static_cast<std::size_t>(scenario)];
}

std::int64_t early_stopping_allows(Percent percent, std::int64_t count) {
  return binomial_quantile(count, 1 - percent.part(), kDoubt) - 1;
}

std::int64_t early_stopping_needs(Percent percent, std::int64_t over) {
  std::int64_t few = over;  // too few
  std::int64_t many = over + 1;
  while (early_stopping_allows(percent, many) < over) {
    few = many;
    many *= 2;
  }
  while (many - few > 1) {
    const auto middle = few + (many - few) / 2;
    (early_stopping_allows(percent, middle) < over ? few : many) = middle;
  }
  return many;
}

std::optional<EarlyEstimate> early_estimate(const Samples& latencies, Percent percent) {
  const auto over = early_stopping_allows(percent, latencies.count());
  if (over < 1) return std::nullopt;
  const std::int64_t rank = latencies.count() - over + 1;
  return EarlyEstimate{latencies.at(std::array{rank})[0], over - 1};
}

LoadgenVerdict verdict_of(const LoadgenRules& rules, const LoadgenRun& run,
                          const Samples& latencies) {
  SLIPWAY_CHECK(latencies.count() > 0 && rules.scenario != Scenario::concurrency);
  LoadgenVerdict out;
  out.long_enough = run.duration >= rules.at_least;
  out.enough_queries = run.queries >= rules.queries;
  if (rules.scenario == Scenario::offline) return out;
  out.estimate = early_estimate(latencies, rules.percent);
  if (rules.scenario == Scenario::server && rules.at_most_each.count() > 0) {
    // The percentile keeps the bound where no more are over it than are of a higher rank.
    const auto rank = rank_of(latencies.count(), rules.percent);
    out.bound_kept = run.over <= latencies.count() - rank;
    out.needs = early_stopping_needs(rules.percent, run.over);
    out.early_stopping = run.queries >= out.needs;
  } else {
    out.needs = early_stopping_needs(rules.percent, 1);
    out.early_stopping = out.estimate.has_value();
  }
  return out;
}

}  // namespace slipway::measure
