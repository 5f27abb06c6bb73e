#pragma once
// The charts that stats files and results make.

#include <optional>
#include <string>
#include <vector>

#include "measure/report/chart.h"
#include "measure/report/result_file.h"
#include "measure/report/stats_file.h"

namespace slipway::report {

/// A stats file, or the place of one that is not there.
struct NamedStats {
  std::string label;
  std::string path;
  std::optional<Stats> stats;
};

/// Gives stats files without a label one: "fpga_cpu" of "jobs/fpga_cpu_stats.txt", and of a name
/// that says nothing ("stats.txt") that of its folder.
void label_stats(std::vector<NamedStats>& files);

/// "Model Load Time", "Inference Time" and "Frames per Second". A file that is not there is marked.
/// Needs one that is.
[[nodiscard]] std::vector<Chart> charts_of(const std::vector<NamedStats>& files);

/// What can be drawn of these results: throughput (of random inputs and of pictures, apart),
/// latency (percentiles, distribution, cumulative), throughput over batch and streams where a
/// series has two of them, accuracy over latency, and a roofline of each profile. Each clock has
/// charts of its own. Needs labels.
[[nodiscard]] std::vector<Chart> charts_of(const std::vector<Run>& runs);

/// Marks those that failed in the first chart of throughput, if there is one.
void add_failed(const std::vector<Failed>& failed, std::vector<Chart>& charts);

/// Whether the charts of several clocks stand side by side, and the words that go with them; empty
/// where there is one clock.
[[nodiscard]] std::string clock_note(const std::vector<Chart>& charts);

// Those of runs with one clock, one file each. `numbers` are the runs' places, which are their
// colours. Nothing where there is nothing to draw.

/// Runs of one clock, with their numbers in the list of all.
struct Group {
  std::string clock;
  std::vector<const Run*> runs;
  std::vector<std::size_t> numbers;
};

[[nodiscard]] std::vector<Chart> latency_charts(const Group& group);
[[nodiscard]] std::vector<Chart> throughput_charts(const Group& group);
[[nodiscard]] std::vector<Chart> roofline_charts(const Group& group);

/// Milliseconds, or microseconds where all times are below one.
struct TimeUnit {
  double of_ms = 1;
  std::string name = "ms";
};

[[nodiscard]] TimeUnit unit_for(double largest_ms);

}  // namespace slipway::report
