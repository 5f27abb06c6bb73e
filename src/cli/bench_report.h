#pragma once
// What `bench` found out, for people and as JSON.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/world.h"
#include "measure/noise.h"
#include "measure/stats.h"
#include "measure/streams.h"

namespace slipway::cli {

struct BenchReport {
  std::string model;      // as it was found: a file, "zoo:signs", a folder
  std::string name;       // what it calls itself
  std::string device;     // "CPU"
  std::string isa;        // "avx2"
  std::string precision;  // of the products, "int8"; empty where it has none
  int streams = 1;
  int threads = 1;         // of each stream
  std::int64_t batch = 1;  // pictures in an inference
  std::int64_t warm_up = 0;
  std::uint64_t seed = 1;
  std::optional<double> read_ms;     // the model's file; nothing for a deployment
  std::optional<double> compile_ms;  // measuring of kernels included
  double load_ms = 0;                // opening what was compiled
  measure::Measured measured;
  measure::Summary latency;
  std::optional<measure::Noise> noise;  // of the machine in the measured part
  Json telemetry;                       // null: not asked for
  std::vector<measure::Percent> shown;  // percentiles in the table
  Json environment;

  /// Inferences in a second; nothing where the clock did not move.
  [[nodiscard]] std::optional<double> rate() const;
};

/// In what numbers steps multiply, as Runner::kernels() says: "int8", "bf16+fp32".
[[nodiscard]] std::string precision_of(const std::vector<std::string>& kernels);

[[nodiscard]] Json to_json(const BenchReport& report);

void print_table(World& world, const BenchReport& report);

}  // namespace slipway::cli
