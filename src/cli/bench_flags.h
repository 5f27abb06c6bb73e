#pragma once
// The flags of `bench` and `accuracy`, and which of them go together.

#include <optional>
#include <string>
#include <vector>

#include "cli/accuracy.h"
#include "cli/bench_scenario.h"
#include "cli/bench_telemetry.h"
#include "cli/compile_flags.h"
#include "cli/model_flags.h"
#include "cli/options.h"
#include "cli/pinning.h"
#include "cli/result_files.h"
#include "measure/streams.h"

namespace slipway::cli {

/// How much a verb measures.
enum class Modes : std::uint8_t { all, accuracy };

struct BenchFlags {
  static constexpr const char* kPercentiles = "50,90,95,99";

  void describe(Options& options, Modes modes);

  /// Finds the model, and refuses what makes no sense; says what follows from the flags.
  ///
  /// Errors  of usage; not_found: no deployment to load; unavailable: another device
  Result<void> check(World& world, Modes modes);

  [[nodiscard]] bool is_process() const { return kind == "process"; }

  /// Threads of a session; nothing: what a deployment says, or one.
  [[nodiscard]] std::optional<int> session_threads() const;

  // As they were given.
  std::string model;
  bool dummy = false;
  std::optional<std::chrono::nanoseconds> at_least;
  std::optional<std::chrono::nanoseconds> at_most;
  std::optional<int> inferences;
  bool profile = false;
  std::optional<std::string> device;
  std::optional<std::string> load;
  std::optional<std::string> save;
  std::optional<int> warm_up;
  int streams = 1;
  std::optional<std::string> kind;
  Pinning pinning;
  std::optional<int> threads;
  std::optional<int> batch;
  std::string percentiles = kPercentiles;
  std::uint64_t seed = 1;
  ResultFiles files;
  CompileFlags compile;
  ModelFlags shapes;
  Accuracy accuracy;
  ScenarioFlags scenario;
  std::optional<std::string> against;
  BenchTelemetry telemetry;

  // What follows from them.
  measure::Rules rules;
  std::vector<measure::Percent> shown;

 private:
  static constexpr int kWarmUp = 10;  // inferences

  void describe_dummy(Options& options);
  void set_rules();
  Result<void> take_model(World& world);
  Result<void> check_mode(World& world, Modes modes);
  Result<void> check_numbers(World& world);
  Result<void> check_against(World& world) const;
};

}  // namespace slipway::cli
