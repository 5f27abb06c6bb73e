#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "measure/report/charts.h"
#include "measure/report/text.h"

namespace slipway::report {
namespace {

constexpr std::size_t kMostCurves = 6;  // in one chart: more cannot be told apart
constexpr int kBins = 60;
constexpr double kWide = 8;  // ratio from which on an axis is logarithmic

const Percentile* find(const Run& run, double percent) {
  for (const auto& one : run.percentiles)
    if (std::fabs(one.percent - percent) < 1e-9) return &one;
  return nullptr;
}

std::int64_t count_of(const Run& run) {
  std::int64_t out = 0;
  for (const auto& bucket : run.histogram) out += bucket.count;
  return out;
}

/// How many are below `ms`; those of a bucket lie evenly in it.
double count_below(const Run& run, double ms) {
  double out = 0;
  for (const auto& bucket : run.histogram) {
    if (bucket.low_ms >= ms) break;
    const double part = std::min(1.0, (ms - bucket.low_ms) / (bucket.high_ms - bucket.low_ms));
    out += part * static_cast<double>(bucket.count);
  }
  return out;
}

/// The time below which `part` of all lies.
double quantile(const Run& run, double part) {
  const double wanted = part * static_cast<double>(count_of(run));
  double seen = 0;
  for (const auto& bucket : run.histogram) {
    const auto count = static_cast<double>(bucket.count);
    if (count > 0 && seen + count >= wanted)
      return bucket.low_ms + (bucket.high_ms - bucket.low_ms) * (wanted - seen) / count;
    seen += count;
  }
  return run.histogram.empty() ? 0 : run.histogram.back().high_ms;
}

/// The largest of these percentiles, or of the ends of their intervals.
double largest_of(const Group& group, const std::vector<double>& percents) {
  double out = 0;
  for (const auto* run : group.runs)
    for (const double percent : percents)
      if (const auto* one = find(*run, percent); one != nullptr && one->ms)
        out = std::max(out, one->interval ? one->interval->high : *one->ms);
  return out;
}

Point point_of(const Run& run, double percent, double x, const TimeUnit& unit) {
  const auto* one = find(run, percent);
  Point out{.x = x, .y = {}};
  if (one != nullptr && one->ms) out.y = *one->ms * unit.of_ms;
  if (one != nullptr && one->interval)
    out.interval = {one->interval->low * unit.of_ms, one->interval->high * unit.of_ms};
  if (!out.y) out.name = "too few samples";
  return out;
}

/// A row for each of a run's percentiles that the chart shows, and those that none shows.
void add_rows(const Run& run, const std::vector<double>& percents, const TimeUnit& unit,
              Chart& chart) {
  for (const auto& one : run.percentiles) {
    if (std::ranges::find(percents, one.percent) == percents.end()) continue;
    const auto value = one.ms          ? figure(*one.ms * unit.of_ms)
                       : one.needs > 0 ? fmt::format("n/a (needs {} samples)", one.needs)
                                       : "n/a";
    chart.rows.push_back({run.label, fmt::format("{:g}", one.percent), value,
                          one.interval
                              ? fmt::format("{} to {}", figure(one.interval->low * unit.of_ms),
                                            figure(one.interval->high * unit.of_ms))
                              : "n/a"});
  }
}

/// Bars of these percentiles: beside each other for each run where runs are few, else one
/// percentile with a bar for each run.
Chart percentile_chart(const Group& group, const std::vector<double>& percents) {
  const auto unit = unit_for(largest_of(group, percents));
  std::string names;
  for (const double percent : percents)
    names += fmt::format("{}p{:g}", names.empty() ? "" : "_", percent);
  Chart out{.id = "latency_" + names,
            .title = "Latency",
            .about =
                "Time of one inference. Whiskers are intervals that hold the percentile with a "
                "probability of 95 %; N/A: the samples are too few for one. Less is better.",
            .clock = group.clock,
            .x = {},
            .y = {fmt::format("time of an inference ({})", unit.name), false, {}}};
  out.columns = {{"run"}, {"percentile", true}, {unit.name, true}, {"95 % interval", true}};
  for (const auto* run : group.runs) add_rows(*run, percents, unit, out);
  if (percents.size() == 1) {
    out.title = percents[0] == 50 ? "Median latency" : fmt::format("Latency, p{:g}", percents[0]);
    Series series{.name = out.title, .color = 0, .shape = Shape::bars, .points = {}};
    for (std::size_t r = 0; r < group.runs.size(); ++r) {
      out.categories.push_back(group.runs[r]->label);
      out.category_colors.push_back(group.numbers[r]);
      series.points.push_back(point_of(*group.runs[r], percents[0], static_cast<double>(r), unit));
    }
    out.series.push_back(std::move(series));
    return out;
  }
  for (const double percent : percents) out.categories.push_back(fmt::format("p{:g}", percent));
  for (std::size_t r = 0; r < group.runs.size(); ++r) {
    Series series{.name = group.runs[r]->label,
                  .color = group.numbers[r],
                  .shape = Shape::bars,
                  .points = {}};
    for (std::size_t i = 0; i < percents.size(); ++i)
      series.points.push_back(point_of(*group.runs[r], percents[i], static_cast<double>(i), unit));
    out.series.push_back(std::move(series));
  }
  return out;
}

/// One chart where all can be read in it, else one for each percentile.
std::vector<Chart> percentile_charts(const Group& group) {
  constexpr std::size_t kMostRuns = 4;
  std::vector<double> shown;
  for (const double percent : {50.0, 90.0, 95.0, 99.0, 99.9})
    if (largest_of(group, {percent}) > 0) shown.push_back(percent);
  if (shown.empty()) return {};
  // Those in between say little beside the others.
  for (const double percent : {95.0, 90.0})
    if (shown.size() > 3) std::erase(shown, percent);
  const bool apart = largest_of(group, {shown.back()}) > kWide * largest_of(group, {shown.front()});
  if (!apart && group.runs.size() <= kMostRuns) return {percentile_chart(group, shown)};
  std::vector<Chart> out;
  for (const double percent : shown) out.push_back(percentile_chart(group, {percent}));
  return out;
}

/// What the curves of a chart have in common: where they begin and end, and their scale.
struct Span {
  double low = 0;
  double high = 1;
  bool log = false;
  TimeUnit unit;

  /// The i-th of `parts` places, from low on, in milliseconds.
  [[nodiscard]] double at(int i, int parts) const {
    const double part = static_cast<double>(i) / parts;
    return log ? low * std::pow(high / low, part) : low + (high - low) * part;
  }
};

/// Behind which the few slowest of a run lie: one stall should not make all others a line.
double usual_end(const Run& run) {
  constexpr double kBeyond = 1.25;
  return std::min(quantile(run, 0.995), quantile(run, 0.95) * kBeyond);
}

/// From the fastest to the slowest; with `usual`, to the end of what is usual.
Span span_of(const std::vector<const Run*>& runs, bool usual) {
  Span out{.low = 0, .high = 0, .log = false, .unit = {}};
  for (const auto* run : runs) {
    const double low = run->histogram.front().low_ms;
    out.low = out.high == 0 ? low : std::min(out.low, low);
    out.high = std::max(out.high, usual ? usual_end(*run) : quantile(*run, 1));
  }
  out.log = out.low > 0 && out.high / out.low > kWide;
  const double room = (out.high - out.low) * 0.03;
  if (!out.log) out.low = std::max(0.0, out.low - room);
  out.high += out.log ? 0 : room;
  if (!(out.high > out.low)) out.high = out.low + 1e-6;
  out.unit = unit_for(out.high);
  return out;
}

Chart density_chart(const std::vector<const Run*>& runs, const std::vector<std::size_t>& numbers,
                    const std::string& clock) {
  const auto span = span_of(runs, true);
  Chart out{.id = "distribution",
            .title = "Latency distribution",
            .about =
                "How many of the inferences took how long. The few slowest may lie to the right: "
                "they are in the last row of the table, and in the cumulative chart.",
            .clock = clock,
            .x = {fmt::format("latency ({})", span.unit.name), span.log, {}},
            .y = {"% of the inferences", false, {}}};
  out.columns = {{fmt::format("from ({})", span.unit.name), true},
                 {fmt::format("to ({})", span.unit.name), true}};
  for (int i = 0; i < kBins; ++i)
    out.rows.push_back({figure(span.at(i, kBins) * span.unit.of_ms),
                        figure(span.at(i + 1, kBins) * span.unit.of_ms)});
  std::vector<std::string> beyond = {figure(span.high * span.unit.of_ms), "slower"};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& run = *runs[r];
    out.columns.push_back({run.label + " (%)", true});
    Series series{.name = run.label, .color = numbers[r], .shape = Shape::steps, .points = {}};
    const auto all = static_cast<double>(count_of(run));
    double last = 0;
    for (int i = 0; i < kBins; ++i) {
      const double below = count_below(run, span.at(i, kBins));
      last = 100 * (count_below(run, span.at(i + 1, kBins)) - below) / all;
      series.points.push_back({.x = span.at(i, kBins) * span.unit.of_ms, .y = last});
      out.rows[static_cast<std::size_t>(i)].push_back(figure(last));
    }
    series.points.push_back({.x = span.high * span.unit.of_ms, .y = last});
    beyond.push_back(figure(100 * (1 - count_below(run, span.high) / all)));
    out.series.push_back(std::move(series));
  }
  out.rows.push_back(std::move(beyond));
  return out;
}

Chart cumulative_chart(const std::vector<const Run*>& runs, const std::vector<std::size_t>& numbers,
                       const std::string& clock) {
  const auto span = span_of(runs, false);
  Chart out{.id = "cumulative",
            .title = "Latency, cumulative",
            .about =
                "What part of the inferences was done within which time, up to the slowest. "
                "Further left is better.",
            .clock = clock,
            .x = {fmt::format("latency ({})", span.unit.name), span.log, {}},
            .y = {"% done within", false, {}, 100}};
  out.columns = {{"run"}, {"% of the inferences", true}, {span.unit.name, true}};
  constexpr std::array<double, 9> kRows = {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};
  constexpr int kPoints = 100;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& run = *runs[r];
    Series series{.name = run.label, .color = numbers[r], .shape = Shape::curve, .points = {}};
    for (int i = 0; i <= kPoints; ++i) {
      const double part = static_cast<double>(i) / kPoints;
      series.points.push_back(
          {.x = (i == 0 ? run.histogram.front().low_ms : quantile(run, part)) * span.unit.of_ms,
           .y = 100 * part});
    }
    // The last per cent is where stalls are: its curve has more points.
    for (const double part : {0.995, 0.999})
      series.points.insert(series.points.end() - 1,
                           {.x = quantile(run, part) * span.unit.of_ms, .y = 100 * part});
    for (const double part : kRows)
      out.rows.push_back({run.label, fmt::format("{:g}", 100 * part),
                          figure(quantile(run, part) * span.unit.of_ms)});
    out.series.push_back(std::move(series));
  }
  return out;
}

}  // namespace

TimeUnit unit_for(double largest_ms) {
  if (largest_ms < 1) return {1e3, "µs"};
  return {1, "ms"};
}

std::vector<Chart> latency_charts(const Group& group) {
  auto out = percentile_charts(group);
  std::vector<const Run*> runs;
  std::vector<std::size_t> numbers;
  for (std::size_t r = 0; r < group.runs.size(); ++r) {
    if (count_of(*group.runs[r]) == 0) continue;
    runs.push_back(group.runs[r]);
    numbers.push_back(group.numbers[r]);
  }
  const auto charts = (runs.size() + kMostCurves - 1) / kMostCurves;
  for (std::size_t c = 0; c < charts; ++c) {
    const auto from = static_cast<std::ptrdiff_t>(c * kMostCurves);
    const auto to = std::min(from + static_cast<std::ptrdiff_t>(kMostCurves), std::ssize(runs));
    const std::vector<const Run*> some(runs.begin() + from, runs.begin() + to);
    const std::vector<std::size_t> theirs(numbers.begin() + from, numbers.begin() + to);
    for (auto chart :
         {density_chart(some, theirs, group.clock), cumulative_chart(some, theirs, group.clock)}) {
      if (charts > 1) {
        chart.id += fmt::format("_{}", c + 1);
        chart.title += fmt::format(" ({} of {})", c + 1, charts);
      }
      out.push_back(std::move(chart));
    }
  }
  return out;
}

}  // namespace slipway::report
