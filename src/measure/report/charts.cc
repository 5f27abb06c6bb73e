#include "measure/report/charts.h"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>

namespace slipway::report {
namespace {

/// Measured time first, then in the order in which they come.
std::vector<Group> groups_of(const std::vector<Run>& runs) {
  std::vector<Group> out = {{.clock = "measured", .runs = {}, .numbers = {}}};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    auto at = out.begin();
    while (at != out.end() && at->clock != runs[r].clock) ++at;
    if (at == out.end()) at = out.insert(at, {runs[r].clock, {}, {}});
    at->runs.push_back(&runs[r]);
    at->numbers.push_back(r);
  }
  if (out.front().runs.empty()) out.erase(out.begin());
  return out;
}

}  // namespace

std::vector<Chart> charts_of(const std::vector<Run>& runs) {
  const auto groups = groups_of(runs);
  std::vector<Chart> out;
  for (const auto& group : groups) {
    for (auto make : {throughput_charts, latency_charts, roofline_charts}) {
      for (auto& chart : make(group)) {
        if (groups.size() > 1) {
          const auto clock = group.clock.empty() ? "unknown" : group.clock;
          chart.id += "_" + clock;
          chart.title += fmt::format(", {} time", clock);
        }
        out.push_back(std::move(chart));
      }
    }
  }
  return out;
}

void add_failed(const std::vector<Failed>& failed, std::vector<Chart>& charts) {
  const auto chart = std::ranges::find_if(
      charts, [](const Chart& one) { return one.id.starts_with("throughput"); });
  if (chart == charts.end()) return;
  for (const auto& one : failed) {
    auto& points = chart->series.front().points;
    points.push_back({.x = static_cast<double>(points.size()), .y = {}, .name = "failed"});
    chart->categories.push_back(one.label);
    chart->category_colors.push_back(0);
    chart->rows.emplace_back(chart->columns.size());
    chart->rows.back()[0] = one.label;
    chart->rows.back()[1] = "N/A: failed";
  }
}

std::string clock_note(const std::vector<Chart>& charts) {
  std::vector<std::string> clocks;
  for (const auto& chart : charts) {
    const auto clock = chart.clock.empty() ? std::string("unknown") : chart.clock;
    if (std::ranges::find(clocks, clock) == clocks.end()) clocks.push_back(clock);
  }
  if (clocks.size() < 2) return {};
  std::string names;
  for (std::size_t i = 0; i < clocks.size(); ++i)
    names += (i == 0 ? "" : i + 1 == clocks.size() ? " and " : ", ") + clocks[i];
  return fmt::format(
      "Time of different clocks ({}) is drawn apart, each with axes of its own: do not compare one "
      "with the other.",
      names);
}

}  // namespace slipway::report
