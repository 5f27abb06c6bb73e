#pragma once
// A result for tests of charts.

#include <string>

#include <fmt/core.h>

#include "measure/report/result_file.h"

namespace slipway::report {

using Runs = std::vector<Run>;  // testing::Test has a Run of its own

/// A result as `bench --json` writes it, with `more` (", name: value") at its end. Its latencies
/// lie around `ms`: half in [ms, 1.1 ms), half in [1.1 ms, 1.2 ms).
inline std::string result_text(double ms, const std::string& clock = "measured",
                               const std::string& more = "") {
  return fmt::format(
      R"({{"schema": 1, "model": "nets/net.onnx", "device": "CPU", "isa": "avx2",
      "precision": "int8", "batch": 1, "streams": 2, "threads": 1, "clock": "{1}", "ended": "done",
      "samples": 400, "throughput_img_s": {2}, "latency_ms": {{"mean": {0}, "min": {0}, "max": {3},
      "p50": {4}, "p99": {3}, "p99.9": null}}, "intervals": [{{"percent": 50, "low_ms": {0},
      "high_ms": {4}, "needs_samples": 6}}, {{"percent": 99.9, "low_ms": null, "high_ms": null,
      "needs_samples": 3688}}], "histogram": [[{0}, {4}, 200], [{4}, {3}, 200]],
      "environment": {{"cpu": "Zen", "cores": 2, "load_average": 0.1}}{5}}})",
      ms, clock, 1000 / ms, ms * 1.2, ms * 1.1, more);
}

inline Run run_of(double ms, const std::string& clock = "measured", const std::string& more = "") {
  auto run = parse_result(result_text(ms, clock, more));
  SLIPWAY_CHECK(run.ok());
  return *std::move(run);
}

}  // namespace slipway::report
