#pragma once
// `bench --scenario`: when queries come, LoadGen's rules for it, and the search for the highest
// rate.

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/stop.h"
#include "cli/world.h"
#include "measure/highest_rate.h"
#include "measure/scenario.h"

namespace slipway::cli {

/// "p99=20ms".
struct Slo {
  measure::Percent percent;
  std::chrono::nanoseconds bound = {};
};

/// Errors  invalid_input
Result<Slo> parse_slo(const std::string& text);

/// What a run of a scenario was, beside what every run has.
struct ScenarioReport {
  measure::Scenario scenario = measure::Scenario::concurrency;
  std::string arrivals;  // of server: "poisson", "constant" or "trace"
  double rate = 0;       // of server: queries a second; 0 of a trace
  std::int64_t samples_per_query = 1;
  std::optional<Slo> slo;
  measure::LoadgenRules rules;
  measure::LoadgenVerdict verdict;
  std::int64_t queries = 0;
  std::int64_t over = 0;                  // of them, over the bound
  bool grows = false;                     // the queue of server
  std::chrono::nanoseconds overrun = {};  // of server: a query that has waited so long ends it
  std::chrono::nanoseconds duration = {};
  std::optional<measure::Summary> service;
  std::optional<measure::Summary> late;
  std::optional<measure::HighestRate> peak;

  /// Whether what --slo wants was reached, as far as it wants something. What a queue that grows
  /// keeps, it would not keep for long.
  [[nodiscard]] bool is_kept() const {
    return !slo ||
           (verdict.bound_kept && verdict.early_stopping && !grows && (!peak || peak->rate));
  }
};

/// The flags, and what they ask for.
class ScenarioFlags {
 public:
  void describe(Options& options);

  /// Errors  of usage
  Result<void> check(World& world, int streams);

  /// Whether queries come otherwise than by streams that go round and round.
  [[nodiscard]] bool asks() const { return scenario_ != measure::Scenario::concurrency; }

  [[nodiscard]] bool finds_peak() const { return find_peak_; }

  /// Says of a closed loop, where it was asked for, what it does not show.
  void warn(World& world) const;

  /// Runs it. `rules` says how long and when to stop, `seed` when queries come. `measured` becomes
  /// what was measured; its streams are empty where it stopped before.
  ///
  /// Errors  those of a stream; those of the file of --trace
  Result<ScenarioReport> run(World& world, std::span<const measure::Infer> streams,
                             const measure::Rules& rules, std::uint64_t seed,
                             measure::Measured& measured) const;

 private:
  class Runs;

  std::optional<std::string> name_;
  std::optional<double> rate_;
  std::optional<std::string> arrivals_;
  std::optional<std::string> trace_;
  std::optional<std::string> slo_text_;
  std::optional<int> samples_;
  bool find_peak_ = false;

  measure::Scenario scenario_ = measure::Scenario::concurrency;
  std::optional<Slo> slo_;
};

[[nodiscard]] Json to_json(const ScenarioReport& report);

void print_table(World& world, const ScenarioReport& report);

}  // namespace slipway::cli
