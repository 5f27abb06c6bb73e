#include "cli/result_files.h"

#include <algorithm>
#include <cmath>

#include "cli/sweep_results.h"
#include "cli/trace_file.h"

namespace slipway::cli {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr std::size_t kRoom = 1U << 20U;  // more than all files but the samples take

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Bytes document_bytes(const Json& document) { return bytes_of(document.text() + "\n"); }

/// Average, least, most and deviation of one figure of each stream.
Json spread(const std::vector<double>& values, double average, double scale,
            std::string_view units) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double count = static_cast<double>(values.size());
  Json out;
  out.set("avg", average);
  out.set("min", std::ranges::min(values) * scale);
  out.set("max", std::ranges::max(values) * scale);
  out.set("stdev", values.size() < 2 ? 0.0 : std::sqrt(squares / (count - 1)) * scale);
  out.set("units", units);
  return out;
}

Json total(std::int64_t count, std::string_view units) {
  Json out;
  out.set("total", count);
  out.set("units", units);
  return out;
}

Json accuracy(const BenchReport& report, const std::optional<double>& score) {
  auto out = spread({score.value_or(0)}, score.value_or(0), 1, "%");
  if (!score)
    out.set("note", report.accuracy == nullptr ? "not measured, dummy data"
                                               : "not measured, the model names no classes");
  return out;
}

/// Figures of each of some streams.
struct PerStream {
  std::vector<double> throughput;  // img/s
  std::vector<double> latency;     // ms
  std::vector<double> batches;
  std::vector<double> images;
};

PerStream figures_of(const BenchReport& report, std::optional<std::size_t> only) {
  PerStream out;
  const auto& measured = report.measured;
  const auto end = measured.begin + measured.window;
  const double seconds = static_cast<double>(measured.window.count()) * 1e-9;
  for (std::size_t i = 0; i < measured.streams.size(); ++i) {
    if (only && *only != i) continue;
    const auto& stream = measured.streams[i];
    const auto batches = static_cast<double>(stream.latencies.count());
    const double inside = measure::inferences_until(end, std::span(&stream, 1));
    const auto batch = static_cast<double>(report.batch);
    out.throughput.push_back(seconds > 0 ? inside * batch / seconds : 0);
    // A stream that got no query has no latency.
    if (batches > 0) out.latency.push_back(stream.latencies.mean() / kNsPerMs);
    out.batches.push_back(batches);
    out.images.push_back(batches * batch);
  }
  return out;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double throughput_of(const BenchReport& report) { return report.picture_rate().value_or(0); }

Json latency_of(const BenchReport& report, const std::vector<double>& each, bool of_one) {
  if (!each.empty())
    return spread(each, of_one ? each[0] : report.latency.mean / kNsPerMs, 1, "ms");
  auto out = spread({0}, 0, 1, "ms");
  out.set("note", "not measured, the stream got no query");
  return out;
}

Json metrics_of(const BenchReport& report, const Scores& scores, std::optional<std::size_t> only) {
  const auto each = figures_of(report, only);
  const double streams = only ? 1 : static_cast<double>(each.throughput.size());
  const double throughput = only ? each.throughput[0] : throughput_of(report);
  Json out;
  auto images = spread(each.throughput, throughput, streams, "images/s");
  if (!report.rate()) images.set("note", "not measured, the clock did not move");
  out.set("throughput", std::move(images));
  out.set("accuracy-top1", accuracy(report, scores.top1));
  out.set("accuracy-top5", accuracy(report, scores.top5));
  out.set("latency", latency_of(report, each.latency, only.has_value()));
  out.set("total-batches-tested-per-stream",
          spread(each.batches, mean_of(each.batches), 1, "batches"));
  out.set("total-images-tested-per-stream", spread(each.images, mean_of(each.images), 1, "images"));
  const auto set = std::max<std::int64_t>(report.set_inferences, 1);
  out.set("uniq-batches-tested", total(set, "batches"));
  out.set("uniq-images-tested", total(set * report.batch, "images"));
  out.set("warmup-batches", total(report.warm_up, "batches"));
  return out;
}

Json workload_of(const BenchReport& report) {
  Json model;
  model.set("name", report.name);
  model.set("link", report.model);
  model.set("streams", report.streams);
  model.set("precision", report.precision.empty() ? Json() : Json(report.precision));
  model.set("batch-size", report.batch);
  model.set("device", report.device);
  model.set("amp", Json());
  model.set("jit", Json());
  model.set("dummy", report.accuracy == nullptr);
  model.set("framework", "slipway");
  Json out;
  out.set("type", "inference");
  out.set("model", std::move(model));
  return out;
}

/// Every text of a document without folders.
Json without_folders(const Json& document) {
  if (const auto* text = document.string()) return cli::without_folders(*text);
  if (const auto* array = document.array()) {
    Json out(Json::Array{});
    for (const auto& element : *array) out.push(without_folders(element));
    return out;
  }
  const auto* object = document.object();
  if (object == nullptr) return document;
  Json out(Json::Object{});
  for (const auto& [name, value] : *object) out.set(name, without_folders(value));
  return out;
}

/// Whether a name is that of a stream's file, as "results_3.json" with these ends.
bool is_numbered(std::string_view name, std::string_view front, std::string_view back) {
  constexpr std::size_t kMostDigits = 3;
  if (name.size() <= front.size() + back.size() || !name.starts_with(front) ||
      !name.ends_with(back))
    return false;
  name.remove_prefix(front.size());
  name.remove_suffix(back.size());
  return name.size() <= kMostDigits && name.find_first_not_of("0123456789") == name.npos;
}

/// Whether a file is what a sweep leaves of a row that failed.
bool says_failed(const Files& files, const std::string& path) {
  const auto bytes = files.read(path);
  const auto document = bytes ? parse_json(as_text(*bytes)) : Result<Json>(bytes.error());
  return document && failed_row(*document);
}

/// What an earlier run left in a folder that is not written anew: of streams, or of a sampler, that
/// this one does not have, and that a row of a sweep had failed. Others' files are nothing to us.
std::vector<std::string> stale(const Files& files, const std::string& folder,
                               const std::vector<ResultFile>& fresh) {
  std::vector<std::string> out;
  const auto there = files.list(folder);
  if (!there) return out;  // not there yet
  const bool has_result = std::ranges::find(*there, "result.v1.json") != there->end();
  for (const auto& name : *there) {
    const bool is_ours =
        (has_result && (is_numbered(name, "results_", ".json") ||
                        is_numbered(name, "raw_perf_", ".csv") || name == "telemetry.csv")) ||
        (name == "failed.json" && says_failed(files, join(folder, name)));
    if (is_ours && std::ranges::find(fresh, name, &ResultFile::name) == fresh.end())
      out.push_back(name);
  }
  return out;
}

std::string status_of(const BenchReport& report) {
  return report.measured.ended == measure::Ended::stopped ? "failed" : "passed";
}

}  // namespace

std::string results_yaml(const BenchReport& report, const Scores& scores) {
  return fmt::format(
      "results:\n"
      " - key: throughput\n   value: {:.2f}\n   unit: img/s\n"
      " - key: latency\n   value: {:.6f}\n   unit: ms\n"
      " - key: accuracy\n   value: {}\n   unit: percents\n",
      throughput_of(report), report.latency.mean / kNsPerMs,
      scores.top1 ? fmt::format("{:.2f}", *scores.top1) : "0");
}

Json results_json(const BenchReport& report, const Scores& scores, const Json& fingerprint,
                  const std::string& date, std::optional<std::size_t> stream) {
  Json config;
  config.set("workload", workload_of(report));
  config.set("system", fingerprint);
  Json metadata;
  metadata.set("date", date);
  const auto* user = fingerprint.find("user");
  metadata.set("tester", user == nullptr ? Json() : *user);
  Json results;
  results.set("metadata", std::move(metadata));
  results.set("metrics", metrics_of(report, scores, stream));
  Json out;
  out.set("schema", "slipway results 1");
  out.set("config", std::move(config));
  out.set("results", std::move(results));
  out.set("status", status_of(report));
  if (report.measured.ended == measure::Ended::stopped) out.set("reason", "stopped by a signal");
  return out;
}

std::string stats_text(const BenchReport& report) {
  const double load_ms =
      report.read_ms.value_or(0) + report.compile_ms.value_or(0) + report.load_ms;
  return fmt::format("{:.9g}\n{:.9g}\n{:.9g}\n", load_ms / 1e3,
                     static_cast<double>(report.measured.window.count()) * 1e-9,
                     throughput_of(report));
}

Json result_v1(Json document, const std::vector<std::string>& command, const std::string& date,
               Json fingerprint, Redact redact) {
  Json out;
  out.set("format", "slipway.result");
  out.set("version", 1);
  out.set("date", date);
  Json words(Json::Array{});
  for (const auto& word : command) words.push(path_text(word, redact));
  out.set("command", std::move(words));
  if (redact == Redact::yes) document = without_folders(document);
  for (const auto& [name, value] : *document.object())
    out.set(name, name == "model" && value.string() != nullptr
                      ? Json(path_text(*value.string(), redact))
                      : value);
  out.set("fingerprint", std::move(fingerprint));
  return out;
}

void ResultFiles::describe(Options& options) {
  options
      .value("--output-dir", "DIR", folder_,
             "write there what was measured: result.v1.json, results.yaml, results.json, one "
             "results_<stream>.json and raw_perf_<stream>.csv each, stats.txt, samples.zst, "
             "trace.json and output.log")
      .takes_file = true;
  options
      .value("--stats", "FILE", stats_,
             "write there three lines: seconds to load the model, seconds measured, pictures in a "
             "second")
      .takes_file = true;
  options.flag("--redact", redact_, "leave names of host and user, and folders, out of the files");
}

Result<void> ResultFiles::prepare(World& world, int streams) {
  if (!folder_ && !stats_) return {};
  world.goal = fmt::format("write to {}", folder_ ? *folder_ : *stats_);
  if (folder_) SLIPWAY_TRY(world.files.check_room(*folder_, kRoom));
  if (stats_) {
    if (world.files.kind(*stats_) == Files::Kind::folder)
      return fail(Code::invalid_input, "{} is a folder, not a file", *stats_);
    SLIPWAY_TRY(world.files.check_room(parent(*stats_), 1));
  }
  if (!folder_) return {};
  world_ = &world;
  world.log = &log_;
  samples_.emplace(static_cast<std::size_t>(streams));
  series_.emplace(static_cast<std::size_t>(streams));
  return {};
}

void ResultFiles::keep_samples(measure::Rules& rules) {
  if (!samples_) return;
  rules.sample = [this](std::size_t stream, Clock::Time begin, Clock::Time end) {
    samples_->add(stream, begin, end);
    series_->add(stream, begin, end);
  };
}

Result<void> ResultFiles::write(World& world, const BenchReport& report, const Scores& scores,
                                Json document, std::vector<ResultFile> more) {
  if (stats_) {
    if (!world.json) {
      // As the exercise prints them.
      const auto text = stats_text(report);
      const auto seconds = text.substr(0, text.find('\n'));
      world.print("Time taken to load model = {} seconds\n", seconds);
      world.print("Time Taken to run {} Inference is = {} seconds\n", report.latency.count,
                  static_cast<double>(report.measured.window.count()) * 1e-9);
    }
    world.goal = fmt::format("write {}", *stats_);
    SLIPWAY_TRY(world.files.write(*stats_, bytes_of(stats_text(report))));
  }
  world.log = nullptr;
  if (!folder_) return {};
  world.goal = fmt::format("write to {}", *folder_);
  const auto fingerprint = fingerprint_json(world, redact());
  const auto date = date_text(world.clock.unix_seconds());
  auto redacted = report;
  redacted.model = path_text(report.model, redact());
  if (redact_) log_ = without_folders(log_, {report.model, *folder_});
  more.push_back({"samples.zst", samples_->packed()});
  more.push_back({"trace.json", document_bytes(trace_json(redacted, *samples_))});
  more.push_back({"results.yaml", bytes_of(results_yaml(redacted, scores))});
  more.push_back(
      {"results.json", document_bytes(results_json(redacted, scores, fingerprint, date, {}))});
  for (std::size_t i = 0; i < report.measured.streams.size(); ++i) {
    more.push_back({fmt::format("results_{}.json", i),
                    document_bytes(results_json(redacted, scores, fingerprint, date, i))});
    more.push_back({fmt::format("raw_perf_{}.csv", i),
                    bytes_of(series_->csv(i, report.measured.begin, report.batch))});
  }
  more.push_back({"stats.txt", bytes_of(stats_text(report))});
  more.push_back({"output.log", bytes_of(log_)});
  // The last: where it is, the others are.
  more.push_back({"result.v1.json", document_bytes(result_v1(std::move(document), world.words, date,
                                                             fingerprint, redact()))});
  std::vector<NamedBytes> named;
  for (const auto& file : more) named.push_back({file.name, file.bytes});
  return world.files.write_files(*folder_, named, stale(world.files, *folder_, more));
}

}  // namespace slipway::cli
