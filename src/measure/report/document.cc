#include "measure/report/document.h"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "measure/report/text.h"

namespace slipway::report {
namespace {

constexpr std::string_view kMeasured = "measured";

const Percentile* median_of(const Run& run) {
  for (const auto& one : run.percentiles)
    if (one.percent == 50 && one.ms) return &one;
  return nullptr;
}

std::string ms_text(double ms) {
  const auto unit = unit_for(ms);
  return fmt::format("{} {}", figure(ms * unit.of_ms), unit.name);
}

std::string interval_text(const Interval& interval) {
  const auto unit = unit_for(interval.high);
  return fmt::format("{} to {} {}", figure(interval.low * unit.of_ms),
                     figure(interval.high * unit.of_ms), unit.name);
}

/// The run for which `value` is largest among measured ones; nothing where none has it.
const Run* best_of(const std::vector<Run>& runs,
                   const std::function<std::optional<double>(const Run&)>& value) {
  const Run* out = nullptr;
  for (const auto& run : runs) {
    if (run.clock != kMeasured || !value(run)) continue;
    if (out == nullptr || *value(run) > *value(*out)) out = &run;
  }
  return out;
}

const Run* highest_throughput(const std::vector<Run>& runs, bool of_pictures) {
  return best_of(runs, [&](const Run& run) {
    return run.is_of_pictures() == of_pictures ? run.img_s : std::nullopt;
  });
}

const Run* lowest_median(const std::vector<Run>& runs) {
  return best_of(runs, [](const Run& run) {
    const auto* median = median_of(run);
    return median == nullptr ? std::nullopt : std::optional(-*median->ms);
  });
}

bool overlap(const Interval& a, const Interval& b) { return a.low <= b.high && b.low <= a.high; }

/// Names in a sentence: "a, b and c".
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

/// Whether the median of `best` is surely the lowest.
std::string sureness(const std::vector<Run>& runs, const Run& best) {
  std::vector<std::string> same;
  std::size_t compared = 0;
  for (const auto& run : runs) {
    const auto* other = median_of(run);
    if (&run == &best || run.clock != kMeasured || other == nullptr) continue;
    if (!other->interval || !median_of(best)->interval) continue;
    ++compared;
    if (overlap(*other->interval, *median_of(best)->interval)) same.push_back(run.label);
  }
  if (compared == 0) return {};
  constexpr std::size_t kNamed = 3;
  if (same.size() > kNamed) same = {fmt::format("{} other runs", same.size())};
  if (!same.empty())
    return fmt::format(
        "The median of {} is the lowest, but its interval and that of {} overlap: these runs do "
        "not "
        "tell them apart.",
        best.label, listed(same));
  return fmt::format(
      "The median of {} is the lowest, and its interval lies below those of all others. What "
      "changes "
      "a machine from one run to the next is in no interval.",
      best.label);
}

std::string value_of(const Run& run, const std::string& name) {
  for (const auto& [field, value] : run.environment)
    if (field == name) return value;
  return "";
}

std::vector<std::string> fields_of(const std::vector<Run>& runs) {
  std::vector<std::string> out;
  for (const auto& run : runs)
    for (const auto& [name, value] : run.environment)
      if (std::ranges::find(out, name) == out.end()) out.push_back(name);
  return out;
}

bool differs(const std::vector<Run>& runs, const std::string& field) {
  return std::ranges::any_of(
      runs, [&](const Run& run) { return value_of(run, field) != value_of(runs.front(), field); });
}

/// Fields of the environment that are the same in all runs, or those that are not.
std::vector<std::string> fields_that(const std::vector<Run>& runs, bool differ) {
  std::vector<std::string> out;
  for (const auto& field : fields_of(runs))
    if (differs(runs, field) == differ) out.push_back(field);
  return out;
}

Json tile(const std::string& big, const std::string& small) {
  Json out;
  out.set("big", big);
  out.set("small", small);
  return out;
}

Json tiles_of(const std::vector<Run>& runs) {
  Json out(Json::Array{});
  const bool one = runs.size() == 1;
  const auto of = [&](const Run& run) { return one ? "" : ": " + run.label; };
  const std::string_view highest = one ? "" : "highest ";
  const bool mixed = std::ranges::any_of(
      runs, [&](const Run& run) { return run.is_of_pictures() != runs[0].is_of_pictures(); });
  for (const bool of_pictures : {false, true})
    if (const auto* run = highest_throughput(runs, of_pictures))
      out.push(
          tile(figure(*run->img_s) + " img/s", fmt::format("{}measured throughput{}{}", highest,
                                                           !mixed        ? ""
                                                           : of_pictures ? " of pictures from files"
                                                                         : " of random inputs",
                                                           of(*run))));
  if (const auto* run = lowest_median(runs))
    out.push(tile(ms_text(*median_of(*run)->ms),
                  fmt::format("{}measured median latency{}", one ? "" : "lowest ", of(*run))));
  for (const auto& one_of : kFigures)
    if (const auto* run = best_of(runs, [&](const Run& each) { return each.*one_of.value; }))
      out.push(tile(figure(*(run->*one_of.value)) + " %",
                    fmt::format("{}{}{}", highest, one_of.words, of(*run))));
  return out;
}

/// A table: columns with "title" and "number", rows of text.
Json table(const std::vector<Chart::Column>& columns,
           const std::vector<std::vector<std::string>>& rows) {
  Chart chart;
  chart.columns = columns;
  chart.rows = rows;
  const auto all = to_json(chart);
  Json out;
  out.set("columns", *all.find("columns"));
  out.set("rows", *all.find("rows"));
  return out;
}

Json runs_table(const std::vector<Run>& runs) {
  std::vector<Chart::Column> columns = {{"run"},
                                        {"clock"},
                                        {"model"},
                                        {"device"},
                                        {"precision"},
                                        {"batch", true},
                                        {"streams × threads", true},
                                        {"samples", true},
                                        {"img/s", true},
                                        {"median", true},
                                        {"95 % interval", true},
                                        {"p99", true}};
  std::vector<Figure> figures;
  for (const auto& one_of : kFigures)
    if (std::ranges::any_of(runs, [&](const Run& run) { return (run.*one_of.value).has_value(); }))
      figures.push_back(one_of);
  for (const auto& one_of : figures) columns.push_back({std::string(one_of.title), true});
  columns.push_back({"the machine was"});
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : runs) {
    const auto* median = median_of(run);
    std::string p99 = "n/a";
    for (const auto& one : run.percentiles)
      if (one.percent == 99 && one.ms) p99 = ms_text(*one.ms);
    rows.push_back(
        {run.label, run.clock.empty() ? "not said" : run.clock, run.model,
         run.isa.empty() ? run.device : fmt::format("{} ({})", run.device, run.isa), run.precision,
         fmt::to_string(run.batch), fmt::format("{} × {}", run.streams, run.threads),
         fmt::to_string(run.samples), run.img_s ? figure(*run.img_s) : "n/a",
         median ? ms_text(*median->ms) : "n/a",
         median != nullptr && median->interval ? interval_text(*median->interval) : "n/a", p99});
    for (const auto& one_of : figures) {
      const auto value = run.*one_of.value;
      rows.back().push_back(value ? figure(*value) : "n/a");
    }
    rows.back().push_back(run.noise.empty() ? "not watched" : run.noise);
  }
  return table(columns, rows);
}

/// What all machines have in common.
Json machines_table(const std::vector<Run>& runs) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& field : fields_that(runs, false))
    rows.push_back({field, value_of(runs.front(), field)});
  return table({{"field"}, {runs.size() == 1 ? "value" : "all runs"}}, rows);
}

/// A row for each run with what is not the same in all of them; nothing where all is.
Json differences_table(const std::vector<Run>& runs) {
  const auto fields = fields_that(runs, true);
  if (fields.empty()) return {};
  std::vector<Chart::Column> columns = {{"run"}};
  for (const auto& field : fields) columns.push_back({field});
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : runs) {
    auto& row = rows.emplace_back(std::vector{run.label});
    for (const auto& field : fields) row.push_back(value_of(run, field));
  }
  return table(columns, rows);
}

/// A row for each thing that a run says of itself; nothing where none does.
Json notes_table(const std::vector<Run>& runs) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : runs)
    for (const auto& warning : run.warnings) rows.push_back({run.label, warning});
  return rows.empty() ? Json() : table({{"run"}, {"what it says of itself"}}, rows);
}

Json failed_table(const std::vector<Failed>& failed) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& one : failed) rows.push_back({one.label, one.reason, one.command});
  return rows.empty() ? Json() : table({{"row"}, {"why it failed"}, {"command"}}, rows);
}

std::string title_of(const Material& material) {
  std::set<std::string> models;
  for (const auto& run : material.runs) models.insert(run.model);
  const auto count = material.runs.size() + material.stats.size();
  auto runs = fmt::format("{} run{}", count, count == 1 ? "" : "s");
  const bool one = models.size() == 1 && material.stats.empty() && !models.begin()->empty();
  auto out = one ? fmt::format("{}: {}", *models.begin(), runs) : runs + " measured";
  if (!material.failed.empty()) out += fmt::format(", {} failed", material.failed.size());
  return out;
}

}  // namespace

std::vector<Chart> Material::charts() const {
  std::vector<Chart> out;
  if (!stats.empty()) out = charts_of(stats);
  if (!runs.empty())
    for (auto& chart : charts_of(runs)) out.push_back(std::move(chart));
  add_failed(failed, out);
  return out;
}

std::vector<std::string> findings_of(const std::vector<Run>& runs) {
  std::vector<std::string> out;
  if (const auto* best = lowest_median(runs))
    if (auto words = sureness(runs, *best); !words.empty()) out.push_back(std::move(words));
  const auto other =
      std::ranges::count_if(runs, [](const Run& run) { return run.clock != kMeasured; });
  if (other > 0)
    out.push_back(fmt::format(
        "{} of {} runs {} a clock that is modelled, or does not say: the figures on top and "
        "the sentence on the lowest median are of measured runs alone.",
        other, runs.size(), other == 1 ? "has" : "have"));
  auto fields = runs.empty() ? std::vector<std::string>() : fields_that(runs, true);
  std::erase(fields, "load_average");  // it is another one each time
  if (!fields.empty())
    out.push_back(fmt::format("The runs differ in {}: see the machines below.", listed(fields)));
  const auto warned =
      std::ranges::count_if(runs, [](const Run& run) { return !run.warnings.empty(); });
  if (warned > 0)
    out.push_back(fmt::format(
        "{} of {} run{} {} of {} that something disturbed {}, or that {} ended early: what it was "
        "stands below.",
        warned, runs.size(), runs.size() == 1 ? "" : "s", warned == 1 ? "says" : "say",
        warned == 1 ? "itself" : "themselves", warned == 1 ? "it" : "them",
        warned == 1 ? "it" : "they"));
  return out;
}

Json report_document(const Material& material, const std::string& version) {
  const auto charts = material.charts();
  Json out;
  out.set("schema", 1);
  out.set("title", title_of(material));
  out.set("version", version);
  out.set("tiles", tiles_of(material.runs));
  Json findings(Json::Array{});
  for (const auto& words : findings_of(material.runs)) findings.push(words);
  const auto failed = material.failed.size();
  if (failed > 0)
    findings.push(fmt::format("{} row{} of the sweep failed: {} no figures, and {} below.", failed,
                              failed == 1 ? "" : "s", failed == 1 ? "it has" : "they have",
                              failed == 1 ? "stands" : "stand"));
  out.set("findings", std::move(findings));
  const auto note = clock_note(charts);
  out.set("clock_note", note.empty() ? Json() : Json(note));
  if (!material.runs.empty()) {
    out.set("runs", runs_table(material.runs));
    out.set("notes", notes_table(material.runs));
    out.set("machines", machines_table(material.runs));
    out.set("machines_differ", differences_table(material.runs));
  }
  out.set("failed", failed_table(material.failed));
  Json drawn(Json::Array{});
  for (const auto& chart : charts) drawn.push(to_json(chart));
  out.set("charts", std::move(drawn));
  return out;
}

}  // namespace slipway::report
