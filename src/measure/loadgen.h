#pragma once
// The rules by which MLPerf's LoadGen calls a run valid, and what it says of a percentile when
// queries are few. Written from the published rules; LoadGen itself is what tests compare with.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "measure/samples.h"
#include "measure/stats.h"

namespace slipway::measure {

/// Who decides when the next query comes.
enum class Scenario : std::uint8_t {
  single,       // it comes when the last one is answered
  multi,        // the same, and has several samples
  server,       // it comes at a time of its own
  offline,      // all come at once
  concurrency,  // so many are under way all the time; LoadGen has no rules for it
};

[[nodiscard]] std::string_view name_of(Scenario scenario);

/// The least number of queries that prove, with a confidence of 99 %, that `percent` of all keep a
/// bound, when `over` of those did not. The queries must be independent.
///
/// Source  MLCommons, inference policies, appendix "Early stopping criterion": the number of
///         queries over the bound is binomial, tolerance 0
[[nodiscard]] std::int64_t early_stopping_needs(Percent percent, std::int64_t over);

/// The most queries of `count` that may be over the bound where the rest proves it; -1 where not
/// even none proves it.
[[nodiscard]] std::int64_t early_stopping_allows(Percent percent, std::int64_t count);

/// What a percentile is at most, with a confidence of 99 %.
struct EarlyEstimate {
  std::int64_t ns = 0;
  std::int64_t discarded = 0;  // samples that are larger
};

/// Nothing where the samples are less than early_stopping_needs(percent, 1).
[[nodiscard]] std::optional<EarlyEstimate> early_estimate(const Samples& latencies,
                                                          Percent percent);

struct LoadgenRules {
  Scenario scenario = Scenario::single;  // not concurrency
  Percent percent = {90'000};            // LoadGen's own: 90 of single, 99 of multi and server
  std::chrono::nanoseconds at_least = {};
  std::int64_t queries = 1;  // at least; of offline: samples
  /// Server: what `percent` of the queries must keep. 0: nothing; then it is as of single.
  std::chrono::nanoseconds at_most_each = {};
};

/// What a run was, as the rules see it.
struct LoadgenRun {
  std::int64_t queries = 0;  // of offline: samples
  /// Until the last query was issued (single, multi), was due (server), or all was answered
  /// (offline).
  std::chrono::nanoseconds duration = {};
  std::int64_t over = 0;  // server: queries that took longer than at_most_each
};

struct LoadgenVerdict {
  bool long_enough = false;
  bool enough_queries = false;
  bool bound_kept = true;  // server: the percentile of the samples keeps the bound
  bool early_stopping = true;
  std::int64_t needs = 0;                 // queries for early stopping; 0 of offline
  std::optional<EarlyEstimate> estimate;  // of `percent`; not of offline

  [[nodiscard]] bool valid() const {
    return long_enough && enough_queries && bound_kept && early_stopping;
  }
};

/// Needs one sample.
[[nodiscard]] LoadgenVerdict verdict_of(const LoadgenRules& rules, const LoadgenRun& run,
                                        const Samples& latencies);

}  // namespace slipway::measure
