#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/file.h"
#include "measure/report/charts.h"
#include "measure/report/text.h"

namespace slipway::report {
namespace {

/// Those runs of a group that are of pictures, or the others.
Group part_of(const Group& group, bool of_pictures) {
  Group out{.clock = group.clock, .runs = {}, .numbers = {}};
  for (std::size_t r = 0; r < group.runs.size(); ++r) {
    if (group.runs[r]->is_of_pictures() != of_pictures) continue;
    out.runs.push_back(group.runs[r]);
    out.numbers.push_back(group.numbers[r]);
  }
  return out;
}

/// Of runs that are all of pictures, or none is. `other`: there is a chart of the other kind, too.
Chart throughput_chart(const Group& group, bool of_pictures, bool other) {
  Chart out{.id = of_pictures && other ? "throughput_pictures" : "throughput",
            .title = "Throughput",
            .about = of_pictures
                         ? "Pictures in a second, of all streams together, on the whole way from "
                           "files to answers: with reading and decoding. More is better."
                         : "Pictures in a second, of all streams together. More is better.",
            .clock = group.clock,
            .x = {},
            .y = {"images per second", false, {}}};
  if (other) {
    out.title += of_pictures ? " of pictures from files" : " of random inputs";
    out.about += " Pictures from files and random inputs are drawn apart: do not compare them.";
  }
  out.columns = {{"run"}, {"img/s", true}, {"batch", true}, {"streams", true}, {"threads", true}};
  Series series{.name = "images per second", .color = 0, .shape = Shape::bars, .points = {}};
  for (std::size_t r = 0; r < group.runs.size(); ++r) {
    const auto* run = group.runs[r];
    Point point{.x = static_cast<double>(r), .y = run->img_s};
    out.category_colors.push_back(group.numbers[r]);
    if (!point.y) point.name = "not measured";
    out.categories.push_back(run->label);
    out.rows.push_back({run->label, run->img_s ? figure(*run->img_s) : "N/A",
                        fmt::to_string(run->batch), fmt::to_string(run->streams),
                        fmt::to_string(run->threads)});
    series.points.push_back(std::move(point));
  }
  out.series.push_back(std::move(series));
  return out;
}

/// What a line of a sweep keeps, for its name: all but what it goes over.
std::string line_of(const Run& run, bool over_batch) {
  const std::string_view model = run.model;
  const auto end = model.find_last_not_of('/');
  std::string out(end == model.npos ? std::string_view(run.name)
                                    : base_name(model.substr(0, end + 1)));
  for (const auto& word : {run.device, run.precision, run.isa, run.scenario})
    if (!word.empty()) out += ", " + word;
  if (run.is_of_pictures()) out += ", pictures from files";
  const auto other = over_batch ? run.streams : run.batch;
  if (other != 1)
    out += over_batch ? fmt::format(", {} streams", other) : fmt::format(", batch {}", other);
  if (run.threads != 1) out += fmt::format(", {} threads", run.threads);
  return out;
}

/// Nothing where no line has two places.
std::optional<Chart> over(const Group& group, bool batch) {
  std::map<std::string, std::vector<std::size_t>> lines;
  std::vector<std::string> order;
  for (std::size_t r = 0; r < group.runs.size(); ++r) {
    if (!group.runs[r]->img_s) continue;
    auto& line = lines[line_of(*group.runs[r], batch)];
    if (line.empty()) order.push_back(line_of(*group.runs[r], batch));
    line.push_back(r);
  }
  const auto place = [&](std::size_t r) {
    return batch ? group.runs[r]->batch : group.runs[r]->streams;
  };
  Chart out{.id = batch ? "over_batch" : "over_streams",
            .title = batch ? "Throughput over batch" : "Throughput over streams",
            .about = batch ? "Pictures in a second by how many are in an inference."
                           : "Pictures in a second by how many inferences run at the same time.",
            .clock = group.clock,
            .x = {batch ? "pictures in an inference (batch)" : "inferences at a time (streams)",
                  false,
                  {}},
            .y = {"images per second", false, {}}};
  out.columns = {{"series"}, {batch ? "batch" : "streams", true}, {"img/s", true}};
  std::set<std::int64_t> ticks;
  for (const auto& name : order) {
    auto& line = lines[name];
    std::ranges::stable_sort(line, {}, place);
    if (place(line.front()) == place(line.back())) continue;
    Series series{
        .name = name, .color = group.numbers[line.front()], .shape = Shape::line, .points = {}};
    for (const auto r : line) {
      ticks.insert(place(r));
      series.points.push_back(
          {.x = static_cast<double>(place(r)), .y = group.runs[r]->img_s, .name = {}});
      out.rows.push_back({name, fmt::to_string(place(r)), figure(*group.runs[r]->img_s)});
    }
    out.series.push_back(std::move(series));
  }
  if (out.series.empty()) return std::nullopt;
  for (const auto tick : ticks) out.x.ticks.push_back(static_cast<double>(tick));
  constexpr std::int64_t kWide = 8;
  out.x.log = *ticks.begin() > 0 && *ticks.rbegin() / *ticks.begin() >= kWide;
  return out;
}

/// Nothing where no run has both.
std::optional<Chart> accuracy_chart(const Group& group, const Figure& figure_of) {
  const bool has_five = figure_of.value == &Run::top1;
  double largest = 0;
  const auto median = [](const Run& run) -> std::optional<double> {
    for (const auto& one : run.percentiles)
      if (one.percent == 50) return one.ms;
    return std::nullopt;
  };
  for (const auto* run : group.runs)
    if (run->*figure_of.value) largest = std::max(largest, median(*run).value_or(0));
  if (largest == 0) return std::nullopt;
  const auto unit = unit_for(largest);
  Chart out{
      .id = std::string(figure_of.id),
      .title = has_five ? "Accuracy over latency" : fmt::format("{} over latency", figure_of.words),
      .about = "What is right, and what it takes. Further up and left is better.",
      .clock = group.clock,
      .x = {fmt::format("median latency ({})", unit.name), false, {}},
      .y = {std::string(figure_of.title), false, {}, 100}};
  out.columns = {{"run"},
                 {fmt::format("median latency ({})", unit.name), true},
                 {std::string(figure_of.title), true}};
  if (has_five) out.columns.push_back({"top-5 (%)", true});
  for (std::size_t r = 0; r < group.runs.size(); ++r) {
    const auto& run = *group.runs[r];
    const auto ms = median(run);
    const auto value = run.*figure_of.value;
    if (!value || !ms) continue;
    out.series.push_back({.name = run.label,
                          .color = group.numbers[r],
                          .shape = Shape::marks,
                          .points = {{.x = *ms * unit.of_ms, .y = value, .name = {}}}});
    out.rows.push_back({run.label, figure(*ms * unit.of_ms), figure(*value)});
    if (has_five) out.rows.back().push_back(run.top5 ? figure(*run.top5) : "");
  }
  return out;
}

}  // namespace

std::vector<Chart> throughput_charts(const Group& group) {
  std::vector<Chart> out;
  const auto measured = [](const Run* run) { return run->img_s.has_value(); };
  for (const bool of_pictures : {false, true}) {
    const auto part = part_of(group, of_pictures);
    if (std::ranges::any_of(part.runs, measured))
      out.push_back(throughput_chart(part, of_pictures, part.runs.size() < group.runs.size()));
  }
  for (const bool batch : {true, false})
    if (auto chart = over(group, batch)) out.push_back(*std::move(chart));
  for (const auto& figure_of : kFigures)
    if (auto chart = accuracy_chart(group, figure_of)) out.push_back(*std::move(chart));
  return out;
}

}  // namespace slipway::report
