#pragma once
// What comparing two runs found out: for people, as JSON, for GitHub and as JUnit's XML.

#include <optional>
#include <string>
#include <vector>

#include "cli/recorded_run.h"
#include "measure/noise.h"
#include "measure/versus.h"

namespace slipway::cli {

/// One of the two.
struct ComparedRun {
  std::string name;  // the model, or the file of the result
  double median_ms = 0;
  Json settings;  // what ran, and how: as bench --json has it
};

/// How much slower the second may be.
struct Gate {
  double max_regress = 0.03;  // 0.03: 3 %
};

struct RunsReport {
  ComparedRun a;
  ComparedRun b;
  measure::Versus versus;
  bool is_interleaved = false;
  std::vector<FieldDifference> settings;
  std::vector<FieldDifference> environment;
  std::optional<measure::Noise> noise;  // while both took turns
  std::optional<Gate> gate;

  /// "B is slower", "B is faster", "no difference".
  [[nodiscard]] std::string verdict() const;

  /// The verdict with figures: "B is slower, by 4.1 % to 6.6 % (5.2 %)".
  [[nodiscard]] std::string sentence() const;

  /// Whether the second is slower than the gate allows: surely slower, and by more than the limit
  /// as far as can be told. Always false without a gate.
  [[nodiscard]] bool has_regressed() const;

  /// Why the gate is passed or not; needs one.
  [[nodiscard]] std::string gate_sentence() const;
};

[[nodiscard]] Json to_json(const RunsReport& report);

void print_runs(World& world, const RunsReport& report);

/// A table for the summary of a step of GitHub Actions.
[[nodiscard]] std::string to_markdown(const RunsReport& report);

/// A workflow command of GitHub Actions, which marks the run: an error where it has regressed.
[[nodiscard]] std::string to_annotation(const RunsReport& report);

/// One test case, which fails where it has regressed.
[[nodiscard]] std::string to_junit(const RunsReport& report);

}  // namespace slipway::cli
