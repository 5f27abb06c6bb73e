#include "cli/bench_report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/pinning.h"
#include "cli/profile.h"
#include "cli/table.h"
#include "cli/timed.h"

namespace slipway::cli {
namespace {

constexpr std::int64_t kSchema = 1;
constexpr double kNsPerMs = 1e6;

double ms_of(std::int64_t ns) { return static_cast<double>(ns) / kNsPerMs; }

double ms_of(std::chrono::nanoseconds time) { return ms_of(time.count()); }

Json or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

std::string_view name_of(measure::Ended ended) {
  switch (ended) {
    case measure::Ended::done:
      return "done";
    case measure::Ended::at_most:
      return "max_duration";
    case measure::Ended::overrun:
      return "overrun";
    case measure::Ended::stopped:
      break;
  }
  return "stopped";
}

Json latency_json(const measure::Summary& latency) {
  Json out;
  out.set("mean", latency.mean / kNsPerMs);
  out.set("min", ms_of(latency.min));
  out.set("max", ms_of(latency.max));
  out.set("stdev", latency.stdev / kNsPerMs);
  for (const auto& percentile : latency.percentiles)
    out.set("p" + text_of(percentile.percent),
            percentile.ns ? Json(ms_of(percentile.ns->value)) : Json());
  return out;
}

Json intervals_json(const measure::Summary& latency) {
  Json out(Json::Array{});
  for (const auto& percentile : latency.percentiles) {
    Json row;
    row.set("percent", static_cast<double>(percentile.percent.thousandths) / 1e3);
    row.set("low_ms", percentile.ns ? Json(ms_of(percentile.ns->low)) : Json());
    row.set("high_ms", percentile.ns ? Json(ms_of(percentile.ns->high)) : Json());
    row.set("needs_samples", percentile.needs);
    row.set("independent_samples", percentile.independent);
    out.push(std::move(row));
  }
  return out;
}

Json histogram_json(const std::vector<measure::Samples::Bucket>& histogram) {
  Json out(Json::Array{});
  for (const auto& bucket : histogram) {
    Json row(Json::Array{});
    row.push(ms_of(bucket.low));
    row.push(ms_of(bucket.high));
    row.push(bucket.count);
    out.push(std::move(row));
  }
  return out;
}

Json outliers_json(const measure::Summary& latency) {
  Json out;
  out.set("low", latency.low_outliers);
  out.set("high", latency.high_outliers);
  out.set("rule", "over 1.5 interquartile ranges outside of the quartiles (Tukey); all are kept");
  return out;
}

Json streams_json(const measure::Measured& measured) {
  Json out(Json::Array{});
  for (const auto& stream : measured.streams) {
    Json row;
    row.set("samples", stream.latencies.count());
    const bool any = stream.latencies.count() > 0;  // one may have got no query
    row.set("mean_ms", any ? Json(stream.latencies.mean() / kNsPerMs) : Json());
    row.set("stdev_ms", any ? Json(stream.latencies.stdev() / kNsPerMs) : Json());
    out.push(std::move(row));
  }
  return out;
}

std::string_view name_of(measure::Steadiness::Is is) {
  static constexpr std::array<std::string_view, 4> kNames = {"unknown", "steady", "drifts",
                                                             "uneven"};
  return kNames[static_cast<std::size_t>(is)];
}

Json steadiness_json(const measure::Steadiness& steadiness) {
  const bool is_known = steadiness.is != measure::Steadiness::Is::unknown;
  Json out;
  out.set("is", name_of(steadiness.is));
  out.set("drift", is_known ? Json(steadiness.drift) : Json());
  out.set("chance", is_known ? Json(steadiness.chance) : Json());
  out.set("spread", is_known ? Json(steadiness.spread) : Json());
  return out;
}

void note_steadiness(World& world, const measure::Steadiness& steadiness) {
  if (steadiness.is == measure::Steadiness::Is::drifts)
    world.note("not steady: latencies became {} by {:.1f} % from begin to end",
               steadiness.drift > 0 ? "longer" : "shorter", std::abs(steadiness.drift) * 100);
  if (steadiness.is == measure::Steadiness::Is::uneven)
    world.note("not steady: the last parts of the run are {:.1f} % apart",
               (steadiness.spread - 1) * 100);
}

std::string plural(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string latency_table(const World& world, const BenchReport& report) {
  const auto& latency = report.latency;
  const bool is_short = latency.mean < kNsPerMs;
  const auto text = [&](double ns) { return fmt::format("{:.3f}", ns / (is_short ? 1e3 : 1e6)); };
  Table table({{"latency"}, {is_short ? "µs" : "ms", Align::right}, {"95 % interval"}});
  table.row({"mean", text(latency.mean), ""});
  table.row({"stdev", text(latency.stdev), ""});
  table.row({"min", text(static_cast<double>(latency.min)), ""});
  for (const auto& percentile : latency.percentiles) {
    if (std::ranges::find(report.shown, percentile.percent) == report.shown.end()) continue;
    const auto name = "p" + text_of(percentile.percent);
    if (!percentile.ns) {
      table.row({name, "n/a", fmt::format("needs {} samples", percentile.needs)});
      continue;
    }
    table.row({name, text(static_cast<double>(percentile.ns->value)),
               fmt::format("{} to {}", text(static_cast<double>(percentile.ns->low)),
                           text(static_cast<double>(percentile.ns->high)))});
  }
  table.row({"max", text(static_cast<double>(latency.max)), ""});
  return table.text(world.terminal.out_columns, world.terminal.color);
}

}  // namespace

std::optional<double> BenchReport::rate() const {
  if (measured.window.count() <= 0) return std::nullopt;
  return measured.inferences / (static_cast<double>(measured.window.count()) * 1e-9);
}

std::optional<double> BenchReport::picture_rate() const {
  const auto inferences = rate();
  if (!inferences) return std::nullopt;
  if (accuracy == nullptr) return *inferences * static_cast<double>(batch);
  return static_cast<double>(accuracy->judged()) /
         (static_cast<double>(measured.window.count()) * 1e-9);
}

std::string precision_of(const std::vector<std::string>& kernels) {
  constexpr std::array<std::string_view, 4> kNames = {"int8", "bf16", "fp16", "fp32"};
  std::array<bool, kNames.size()> has = {};
  for (const auto& kernel : kernels) {
    const std::string_view words = kernel;
    const auto kind = words.substr(0, words.find(' '));
    // The product of a chain is in numbers that its words tell, its windows are in floats.
    if (kind == "chain") {
      has[1] |= words.find(" in bf16,") != words.npos;
      has[2] |= words.find(" in fp16,") != words.npos;
      has[3] = true;
      continue;
    }
    const bool multiplies = kind.starts_with("product_") || kind.starts_with("depthwise_") ||
                            kind.starts_with("winograd_");
    if (!multiplies) continue;
    // Winograd's transforms are in floats, its products of some variants in bfloat16.
    const auto variant = words.substr(0, words.find(','));
    const bool rounds = kind == "winograd_f32" && (variant.find("bf16") != variant.npos ||
                                                   variant.find("amx") != variant.npos);
    has[0] |= kind.ends_with("_u8");
    has[1] |= kind.ends_with("_bf16") || rounds;
    has[2] |= kind.ends_with("_f16");
    has[3] |= kind.ends_with("_f32") && !rounds;
  }
  std::string out;
  for (std::size_t i = 0; i < has.size(); ++i)
    if (has[i]) out += (out.empty() ? "" : "+") + std::string(kNames[i]);
  return out;
}

Json to_json(const BenchReport& report) {
  const auto& measured = report.measured;
  const auto rate = report.rate();
  Json out;
  out.set("schema", kSchema);
  out.set("model", report.model);
  out.set("name", report.name);
  out.set("mode", report.accuracy != nullptr ? "accuracy" : "performance");
  out.set("inputs", report.accuracy != nullptr ? report.accuracy->words() : "random");
  out.set("seed", report.accuracy != nullptr ? Json() : Json(report.seed));
  out.set("device", report.device);
  out.set("isa", report.isa);
  out.set("precision", report.precision.empty() ? Json() : Json(report.precision));
  out.set("batch", report.batch);
  out.set("streams", report.streams);
  out.set("stream_kind", report.stream_kind);
  out.set("threads", report.threads);
  out.set("pinned", to_json(report.places));
  out.set("clock", kClock);
  out.set("ended", name_of(measured.ended));
  out.set("read_ms", or_null(report.read_ms));
  out.set("compile_ms", or_null(report.compile_ms));
  out.set("load_ms", report.load_ms);
  out.set("first_ms", ms_of(measured.first));
  out.set("warm_up", report.warm_up);
  out.set("warm_up_ms", ms_of(measured.warm_up));
  out.set("window_ms", ms_of(measured.window));
  out.set("samples", report.latency.count);
  if (report.accuracy != nullptr) report.accuracy->add_to(out);
  out.set("throughput_img_s", or_null(report.picture_rate()));
  out.set("throughput_inferences_s", or_null(rate));
  out.set("latency_ms", latency_json(report.latency));
  out.set("histogram", histogram_json(report.histogram));
  out.set("confidence", 0.95);
  out.set("intervals", intervals_json(report.latency));
  out.set("percentile_error", report.latency.relative_error);
  out.set("lag1_correlation", report.latency.lag1);
  out.set("independent_samples", report.latency.independent);
  out.set("outliers", outliers_json(report.latency));
  out.set("steadiness", steadiness_json(measure::steadiness_of(measured.streams)));
  out.set("scenario", to_json(report.scenario.value_or(ScenarioReport{})));
  out.set("per_stream", streams_json(measured));
  if (!report.profile.empty()) out.set("profile", profile_json(report.profile));
  out.set("noise", report.noise ? measure::to_json(*report.noise) : Json());
  out.set("telemetry", report.telemetry);
  out.set("environment", report.environment);
  return out;
}

void print_table(World& world, const BenchReport& report) {
  const auto& measured = report.measured;
  const auto& latency = report.latency;
  const auto* cpu = report.environment.find("cpu")->string();
  const auto cores = *report.environment.find("cores")->integer();
  world.print("model       {}\n", report.model);
  world.print("runs on     {} ({}){}{}, {} of {}, batch {}, {}\n", report.device, report.isa,
              report.precision.empty() ? "" : ", ", report.precision,
              plural(report.streams, "stream"), plural(report.threads, "thread"), report.batch,
              report.accuracy != nullptr ? report.accuracy->words() : "random inputs");
  const auto* load_average = report.environment.find("load_average");
  const auto load = load_average != nullptr ? load_average->number() : Result<double>(0.0);
  world.print("processor   {}, {}{}\n", *cpu, plural(cores, "core"),
              load && *load > 0 ? fmt::format(", load {:.2f} before", *load) : "");
  if (!report.places.empty()) world.print("pinned      to {}\n", text_of(report.places));
  if (report.read_ms) world.print("read        {}\n", ms_text(*report.read_ms));
  if (report.compile_ms) world.print("compiled    {}\n", ms_text(*report.compile_ms));
  world.print("loaded      {}\n", ms_text(report.load_ms));
  world.print("first       {}\n", ms_text(ms_of(measured.first)));
  if (report.warm_up > 0)
    world.print("warm-up     {}{}, {}\n", plural(report.warm_up, "inference"),
                report.streams > 1 ? " a stream" : "", ms_text(ms_of(measured.warm_up)));
  world.print("measured    {}, {}\n\n", plural(latency.count, "inference"),
              ms_text(ms_of(measured.window)));
  world.print("{}\n", latency_table(world, report));
  if (!report.profile.empty()) world.print("{}\n", profile_table(world, report.profile));
  world.print("outliers    {} low, {} high\n", latency.low_outliers, latency.high_outliers);
  if (const auto rate = report.picture_rate())
    world.print("throughput  {:.2f} img/s   (measured on this CPU)\n", *rate);
  if (report.noise) world.print("noise       {}\n", measure::text_of(*report.noise));
  if (report.accuracy != nullptr) report.accuracy->print(world);
  if (report.scenario) print_table(world, *report.scenario);
  if (report.accuracy == nullptr) note_steadiness(world, measure::steadiness_of(measured.streams));
  if (latency.independent < latency.count)
    world.note(
        "neighbouring latencies are alike (correlation {:.2f}): the intervals are those of {} "
        "independent samples, or more",
        latency.lag1, latency.independent);
  if (latency.relative_error > 0)
    world.note("percentiles are those of a histogram, within {:.2f} %",
               latency.relative_error * 100);
}

}  // namespace slipway::cli
