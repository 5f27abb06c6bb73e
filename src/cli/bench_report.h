#pragma once
// What `bench` found out, for people and as JSON.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/accuracy.h"
#include "cli/bench_scenario.h"
#include "cli/world.h"
#include "measure/noise.h"
#include "measure/stats.h"
#include "measure/streams.h"

namespace slipway::cli {

/// A step of an inference: the median of several that were measured step by step.
struct ProfiledStep {
  std::string name;
  std::string kernel;
  double time_us = 0;
  std::optional<double> operations;  // multiplications and additions; nothing where nobody knows
  std::optional<double> bytes;       // read and written
  std::optional<double> roof_us;     // the least that this processor could take for them
};

struct BenchReport {
  std::string model;      // as it was found: a file, "zoo:signs", a folder
  std::string name;       // what it calls itself
  std::string device;     // "CPU"
  std::string isa;        // "avx2"
  std::string precision;  // of the products, "int8"; empty where it has none
  int streams = 1;
  std::string stream_kind = "thread";
  int threads = 1;                         // of each stream
  std::vector<measure::Cpus> places = {};  // of each stream; none: not pinned
  std::int64_t batch = 1;                  // pictures in an inference
  std::int64_t warm_up = 0;
  std::int64_t set_inferences = 1;  // that go once over the pictures of a stream
  std::uint64_t seed = 1;
  std::optional<double> read_ms;     // the model's file; nothing for a deployment
  std::optional<double> compile_ms;  // measuring of kernels included
  double load_ms = 0;                // opening what was compiled
  measure::Measured measured;
  measure::Summary latency;
  std::vector<measure::Samples::Bucket> histogram;  // of the latencies
  std::vector<measure::Percent> shown;              // percentiles in the table
  std::vector<ProfiledStep> profile;                // with --profile
  std::optional<ScenarioReport> scenario;           // nothing of streams that go round
  std::optional<measure::Noise> noise;              // of the machine in the measured part
  Json telemetry;                                   // null: not asked for
  Json environment;
  const Accuracy* accuracy = nullptr;  // where pictures were measured, not random numbers

  /// Inferences in a second; nothing where the clock did not move.
  [[nodiscard]] std::optional<double> rate() const;

  /// Pictures in a second: those that were judged, or all of each batch.
  [[nodiscard]] std::optional<double> picture_rate() const;
};

/// In what numbers steps multiply, as Runner::kernels() says: "int8", "bf16+fp32".
[[nodiscard]] std::string precision_of(const std::vector<std::string>& kernels);

[[nodiscard]] Json to_json(const BenchReport& report);

void print_table(World& world, const BenchReport& report);

}  // namespace slipway::cli
