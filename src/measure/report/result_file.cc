#include "measure/report/result_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>

#include <fmt/core.h>

#include "base/file.h"
#include "measure/report/text.h"

namespace slipway::report {
namespace {

constexpr std::int64_t kSchema = 1;
// Beyond these no figure of a measurement lies; products and quotients of such are finite.
constexpr double kMostFigure = 1e18;
constexpr double kLeastFigure = 1e-18;
constexpr double kMostCount = 1e11;  // of one bucket
constexpr std::string_view kRemedy =
    "give the result.v1.json of 'slipway bench --output-dir', or what 'slipway bench --json' "
    "prints";

/// The members of an object, with the name of the place for errors.
class Members {
 public:
  static constexpr std::size_t kShown = 40;  // characters of a wrong value in an error

  Members(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  /// Nothing where it is absent or null.
  [[nodiscard]] Result<std::optional<double>> number(std::string_view name) const {
    const auto* member = json_.find(name);
    if (member == nullptr || member->is_null()) return std::optional<double>();
    const auto value = member->number();
    if (!value || !(*value >= 0 && *value <= kMostFigure))
      return fail(Code::invalid_input, "'{}{}' is {}, not a number of 0 or more", place_, name,
                  brief(clean(member->text(0)), kShown))
          .with_remedy(std::string(kRemedy));
    return std::optional(*value < kLeastFigure ? 0 : *value);
  }

  [[nodiscard]] Result<std::int64_t> integer(std::string_view name, std::int64_t otherwise) const {
    const auto value = SLIPWAY_TRY(number(name));
    constexpr double kMost = 9e15;
    if (!value) return otherwise;
    if (*value > kMost || std::trunc(*value) != *value)
      return fail(Code::invalid_input, "'{}{}' is {}, not a count", place_, name, *value)
          .with_remedy(std::string(kRemedy));
    return static_cast<std::int64_t>(*value);
  }

  /// Empty where it is absent or null.
  [[nodiscard]] Result<std::string> text(std::string_view name) const {
    const auto* member = json_.find(name);
    if (member == nullptr || member->is_null()) return std::string();
    if (member->string() == nullptr)
      return fail(Code::invalid_input, "'{}{}' is {}, not a text", place_, name,
                  brief(clean(member->text(0)), kShown))
          .with_remedy(std::string(kRemedy));
    return clean(*member->string());
  }

  /// The elements of an array; none where it is absent or null.
  [[nodiscard]] Result<Json::Array> list(std::string_view name) const {
    const auto* member = json_.find(name);
    if (member == nullptr || member->is_null()) return Json::Array();
    if (member->array() == nullptr)
      return fail(Code::invalid_input, "'{}{}' is {}, not a list", place_, name,
                  brief(clean(member->text(0)), kShown))
          .with_remedy(std::string(kRemedy));
    return *member->array();
  }

 private:
  const Json& json_;
  std::string place_;
};

/// "p99.9" gives 99.9.
std::optional<double> percent_of(std::string_view name) {
  if (!name.starts_with('p')) return std::nullopt;
  name.remove_prefix(1);
  double out = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), out);
  if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (!(out > 0 && out < 100)) return std::nullopt;
  return out;
}

Result<void> read_intervals(const Json& document, std::vector<Percentile>& percentiles) {
  for (const auto& row : SLIPWAY_TRY(Members(document, "").list("intervals"))) {
    const Members members(row, "intervals.");
    const auto percent = SLIPWAY_TRY(members.number("percent"));
    const auto low = SLIPWAY_TRY(members.number("low_ms"));
    const auto high = SLIPWAY_TRY(members.number("high_ms"));
    const auto needs = SLIPWAY_TRY(members.integer("needs_samples", 0));
    for (auto& one : percentiles) {
      if (!percent || std::fabs(one.percent - *percent) > 1e-9) continue;
      one.needs = needs;
      if (low && high) one.interval = {*low, *high};
    }
  }
  return {};
}

Result<void> read_latency(const Json& document, Run& run) {
  const auto* latency = document.find("latency_ms");
  if (latency == nullptr || latency->object() == nullptr)
    return fail(Code::invalid_input,
                "it is JSON, but no result of 'slipway bench': it has no 'latency_ms'")
        .with_remedy(std::string(kRemedy));
  const Members members(*latency, "latency_ms.");
  run.mean_ms = SLIPWAY_TRY(members.number("mean"));
  run.stdev_ms = SLIPWAY_TRY(members.number("stdev"));
  run.min_ms = SLIPWAY_TRY(members.number("min"));
  run.max_ms = SLIPWAY_TRY(members.number("max"));
  for (const auto& [name, value] : *latency->object()) {
    const auto percent = percent_of(name);
    if (!percent) continue;
    const auto ms = SLIPWAY_TRY(members.number(name));
    run.percentiles.push_back({*percent, ms, std::nullopt, 0});
  }
  std::ranges::sort(run.percentiles, {}, &Percentile::percent);
  return read_intervals(document, run.percentiles);
}

/// Rows of low and high in milliseconds, and how many.
Result<void> read_histogram(const Json& document, Run& run) {
  for (const auto& row : SLIPWAY_TRY(Members(document, "").list("histogram"))) {
    const auto* cells = row.array();
    const auto cell = [&](std::size_t i) -> double {
      const auto value =
          cells != nullptr && cells->size() == 3 ? (*cells)[i].number() : Result<double>(-1.0);
      if (!value || !(*value <= kMostFigure)) return -1;
      return *value >= 0 && *value < kLeastFigure ? 0 : *value;
    };
    const Bucket bucket{cell(0), cell(1),
                        cell(2) <= kMostCount ? static_cast<std::int64_t>(cell(2)) : -1};
    const bool follows = run.histogram.empty() || bucket.low_ms >= run.histogram.back().high_ms;
    const bool fits = bucket.low_ms >= 0 && bucket.high_ms > bucket.low_ms && bucket.count >= 0;
    if (!follows || !fits)
      return fail(Code::invalid_input,
                  "row {} of 'histogram' is no bucket: from, to (both ms, growing) and a count",
                  run.histogram.size())
          .with_remedy(std::string(kRemedy));
    run.histogram.push_back(bucket);
  }
  return {};
}

Result<void> read_profile(const Json& document, Run& run) {
  for (const auto& row : SLIPWAY_TRY(Members(document, "").list("profile"))) {
    const Members members(row, "profile.");
    StepTime step;
    step.name = SLIPWAY_TRY(members.text("name"));
    step.kernel = SLIPWAY_TRY(members.text("kernel"));
    step.us = SLIPWAY_TRY(members.number("time_us")).value_or(0);
    step.operations = SLIPWAY_TRY(members.number("operations"));
    step.bytes = SLIPWAY_TRY(members.number("bytes"));
    step.gops = SLIPWAY_TRY(members.number("gops"));
    const auto percent = SLIPWAY_TRY(members.number("roofline_percent"));
    if (step.gops && percent && *percent > 0) step.roof_gops = *step.gops * 100 / *percent;
    run.profile.push_back(std::move(step));
  }
  return {};
}

/// What the run says of itself that a reader should know.
Result<void> read_warnings(const Json& document, Run& run) {
  if (run.ended == "stopped") run.warnings.emplace_back("stopped before it was done");
  if (run.ended == "max_duration")
    run.warnings.emplace_back("ended by --max-duration before it was done");
  if (run.ended == "overrun")
    run.warnings.emplace_back(
        "ended before it was done: queries came faster than they were answered");
  const auto* noise = document.find("noise");
  if (noise == nullptr || noise->is_null()) return {};
  const Members members(*noise, "noise.");
  const auto verdict = SLIPWAY_TRY(members.text("verdict"));
  run.noise = verdict;
  if (verdict.empty() || verdict == "clean") return {};
  if (verdict == "unknown") {
    run.warnings.emplace_back("the machine does not tell whether it was quiet");
    return {};
  }
  const auto reasons = SLIPWAY_TRY(members.list("reasons"));
  std::string words;
  if (!reasons.empty()) words = SLIPWAY_TRY(Members(reasons.front(), "noise.").text("words"));
  run.warnings.push_back(
      fmt::format("the machine was not quiet: {}{}{}", verdict, words.empty() ? "" : ", ", words));
  return {};
}

void read_environment(const Json& document, Run& run) {
  const auto* environment = document.find("environment");
  if (environment == nullptr || environment->object() == nullptr) return;
  for (const auto& [name, value] : *environment->object()) {
    if (value.is_null() || value.array() != nullptr || value.object() != nullptr) continue;
    run.environment.emplace_back(
        clean(name), clean(value.string() != nullptr ? *value.string() : value.text(0)));
  }
}

/// What makes runs of one list differ, in the order of a label. Nothing for what is usual: one of
/// something, and random inputs.
using Aspect = std::function<std::string(const Run&)>;

std::string count_of(std::int64_t n, std::string_view word) {
  return n == 1 ? std::string() : fmt::format("{} {}", n, word);
}

std::vector<Aspect> aspects() {
  return {[](const Run& run) { return run.device; },
          [](const Run& run) { return run.precision; },
          [](const Run& run) { return run.isa; },
          [](const Run& run) { return run.scenario; },
          [](const Run& run) -> std::string { return run.is_of_pictures() ? "pictures" : ""; },
          [](const Run& run) {
            return run.batch == 1 ? std::string() : fmt::format("batch {}", run.batch);
          },
          [](const Run& run) { return count_of(run.streams, "streams"); },
          [](const Run& run) { return count_of(run.threads, "threads"); }};
}

bool differs(const std::vector<Run>& runs, const Aspect& aspect) {
  return std::ranges::any_of(runs,
                             [&](const Run& run) { return aspect(run) != aspect(runs.front()); });
}

}  // namespace

bool looks_like_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto at = text.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && (text[at] == '{' || text[at] == '[');
}

Result<Run> parse_result(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) {
    Error error = parsed.error();
    error.message = "it begins like JSON, but is broken: " + error.message;
    return std::move(error).with_remedy(std::string(kRemedy));
  }
  const auto& document = *parsed;
  Run run;
  SLIPWAY_TRY(read_latency(document, run));
  const Members members(document, "");
  if (const auto schema = SLIPWAY_TRY(members.integer("schema", kSchema)); schema > kSchema)
    return fail(Code::unsupported, "its schema is {}, and this program knows up to {}", schema,
                kSchema)
        .with_remedy("use the slipway that wrote it, or a newer one");
  run.model = SLIPWAY_TRY(members.text("model"));
  run.name = SLIPWAY_TRY(members.text("name"));
  run.mode = SLIPWAY_TRY(members.text("mode"));
  run.device = SLIPWAY_TRY(members.text("device"));
  run.isa = SLIPWAY_TRY(members.text("isa"));
  run.precision = SLIPWAY_TRY(members.text("precision"));
  run.clock = SLIPWAY_TRY(members.text("clock"));
  if (!run.clock.empty() && run.clock != "measured" && run.clock != "modelled" &&
      run.clock != "mixed")
    return fail(Code::invalid_input, "'clock' is '{}', not measured, modelled or mixed",
                brief(run.clock, Members::kShown))
        .with_remedy(std::string(kRemedy));
  run.ended = SLIPWAY_TRY(members.text("ended"));
  run.batch = SLIPWAY_TRY(members.integer("batch", 1));
  run.streams = SLIPWAY_TRY(members.integer("streams", 1));
  run.threads = SLIPWAY_TRY(members.integer("threads", 1));
  run.samples = SLIPWAY_TRY(members.integer("samples", 0));
  run.img_s = SLIPWAY_TRY(members.number("throughput_img_s"));
  run.load_ms = SLIPWAY_TRY(members.number("load_ms"));
  run.first_ms = SLIPWAY_TRY(members.number("first_ms"));
  run.top1 = SLIPWAY_TRY(members.number("top1"));
  run.top5 = SLIPWAY_TRY(members.number("top5"));
  run.map = SLIPWAY_TRY(members.number("map"));
  run.miou = SLIPWAY_TRY(members.number("miou"));
  SLIPWAY_TRY(read_histogram(document, run));
  SLIPWAY_TRY(read_profile(document, run));
  read_environment(document, run);
  SLIPWAY_TRY(read_warnings(document, run));
  return run;
}

Result<Failed> parse_failed(std::string_view text) {
  const auto document = SLIPWAY_TRY(parse_json(text));
  const Members members(document, "");
  Failed out;
  out.reason = SLIPWAY_TRY(members.text("reason"));
  if (out.reason.empty())
    return fail(Code::invalid_input, "it does not say why the row failed: it has no 'reason'")
        .with_remedy("slipway sweep writes it, beside the row's output.log");
  for (const auto& word : SLIPWAY_TRY(members.list("command"))) {
    if (word.string() == nullptr || word.string()->starts_with("--output-dir")) continue;
    out.command += (out.command.empty() ? "" : " ") + clean(*word.string());
  }
  return out;
}

void label_runs(std::vector<Run>& runs) {
  if (runs.empty()) return;
  std::vector<Aspect> telling;
  for (auto& aspect : aspects())
    if (differs(runs, aspect)) telling.push_back(std::move(aspect));
  const auto label_of = [&](const Run& run) {
    const std::string_view model = run.model;
    const auto end = model.find_last_not_of('/');
    std::string out(end == model.npos ? std::string_view(run.name)
                                      : base_name(model.substr(0, end + 1)));
    for (const auto& aspect : telling)
      if (const auto words = aspect(run); !words.empty()) out += (out.empty() ? "" : ", ") + words;
    return out;
  };
  std::vector<std::string> labels;
  for (const auto& run : runs) labels.push_back(run.label.empty() ? label_of(run) : run.label);
  // Runs that say the same of themselves go by their clock, else by the place of their file.
  const auto file_of = [](const Run& run) {
    return std::string(
        base_name(run.path.ends_with("/result.v1.json") ? parent(run.path) : run.path));
  };
  const Aspect clock_of = [](const Run& run) { return run.clock; };
  for (const auto& aspect : {clock_of, Aspect(file_of)}) {
    if (!differs(runs, aspect)) continue;
    const std::multiset<std::string> seen(labels.begin(), labels.end());
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (runs[i].label.empty() && seen.count(labels[i]) > 1)
        labels[i] += fmt::format(" ({})", aspect(runs[i]));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].label = labels[i];
}

}  // namespace slipway::report
