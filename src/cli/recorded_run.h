#pragma once
// Results of `bench` that lie in files, and how two of them differ.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/world.h"
#include "measure/stats.h"

namespace slipway::cli {

struct RecordedRun {
  std::string path;
  std::string model;
  std::string noise;  // its verdict; empty: none was made
  measure::Percentile::Estimate median;
  Json document;
};

/// Whether an argument means a recorded result: a .json file, or a folder with result.v1.json.
[[nodiscard]] bool is_recorded_run(const Files& files, const std::string& argument);

/// Reads result.v1.json, or what 'bench --json' printed.
///
/// Errors  those of reading; corrupt: no result of bench, or of an accuracy that was measured
/// alone;
///         invalid_input: its median has no interval
Result<RecordedRun> read_recorded_run(const Files& files, const std::string& argument);

struct FieldDifference {
  std::string name;  // "environment.kernel"
  std::string a;     // "-": not there
  std::string b;
};

/// What ran, and how the runs were made, where that differs: the model (first), scenario, batch,
/// streams, threads, clock. Times of such runs do not answer the same question.
[[nodiscard]] std::vector<FieldDifference> setting_differences(const Json& a, const Json& b);

/// What they ran on, where that differs: processor, kernel, versions, device, precision.
[[nodiscard]] std::vector<FieldDifference> environment_differences(const Json& a, const Json& b);

}  // namespace slipway::cli
