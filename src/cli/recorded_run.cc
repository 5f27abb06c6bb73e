#include "cli/recorded_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace slipway::cli {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr const char* kResult = "result.v1.json";

std::optional<double> number_at(const Json& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = value->number();
  return number ? std::optional(*number) : std::nullopt;
}

std::string text_at(const Json& object, std::string_view name) {
  const auto* value = object.find(name);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

std::optional<std::int64_t> ns_at(const Json& object, std::string_view name) {
  const auto ms = number_at(object, name);
  if (!ms || !(*ms > 0)) return std::nullopt;
  return std::llround(*ms * kNsPerMs);
}

/// The median with its interval.
std::optional<measure::Percentile::Estimate> median_of(const Json& document) {
  constexpr double kMedian = 50;
  const auto* latency = document.find("latency_ms");
  const auto* intervals = document.find("intervals");
  if (latency == nullptr || intervals == nullptr || intervals->array() == nullptr)
    return std::nullopt;
  const auto value = ns_at(*latency, "p50");
  for (const auto& row : *intervals->array()) {
    if (number_at(row, "percent") != kMedian) continue;
    const auto low = ns_at(row, "low_ms");
    const auto high = ns_at(row, "high_ms");
    if (value && low && high) return measure::Percentile::Estimate{*value, *low, *high};
  }
  return std::nullopt;
}

std::string words_of(const Json& value) {
  if (value.string() != nullptr) return *value.string();
  return value.is_null() ? "-" : value.text(0);
}

/// Members of members as "a.b.c".
void flatten(const Json& value, const std::string& path, std::map<std::string, std::string>& into) {
  if (value.object() == nullptr) {
    into[path] = words_of(value);
    return;
  }
  for (const auto& [name, member] : *value.object()) flatten(member, path + "." + name, into);
}

std::vector<FieldDifference> differences(const std::map<std::string, std::string>& a,
                                         const std::map<std::string, std::string>& b) {
  std::vector<FieldDifference> out;
  const auto at = [](const auto& map, const std::string& name) {
    const auto found = map.find(name);
    return found == map.end() ? std::string("-") : found->second;
  };
  auto names = a;
  names.insert(b.begin(), b.end());
  for (const auto& [name, ignored] : names)
    if (at(a, name) != at(b, name)) out.push_back({name, at(a, name), at(b, name)});
  return out;
}

/// What stands at "a.b.c", or nullptr.
const Json* at_path(const Json& document, std::string_view path) {
  const auto* at = &document;
  while (at != nullptr && !path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

std::map<std::string, std::string> members(const Json& document,
                                           std::span<const std::string_view> names) {
  std::map<std::string, std::string> out;
  for (const auto& name : names)
    if (const auto* value = at_path(document, name)) flatten(*value, std::string(name), out);
  return out;
}

}  // namespace

bool is_recorded_run(const Files& files, const std::string& argument) {
  if (files.kind(argument) == Files::Kind::folder)
    return files.kind(join(argument, kResult)) == Files::Kind::file;
  return extension(argument) == "json" && files.kind(argument) == Files::Kind::file;
}

Result<RecordedRun> read_recorded_run(const Files& files, const std::string& argument) {
  RecordedRun out;
  const bool is_folder = files.kind(argument) == Files::Kind::folder;
  out.path = is_folder ? join(argument, kResult) : argument;
  const auto bytes = SLIPWAY_TRY(files.read(out.path));
  out.document = SLIPWAY_TRY(parse_json(as_text(bytes)).during("reading the result {}", out.path));
  out.model = text_at(out.document, "model");
  if (const auto* noise = out.document.find("noise")) out.noise = text_at(*noise, "verdict");
  if (out.model.empty() || out.document.find("latency_ms") == nullptr)
    return fail(Code::corrupt, "{} is no result of bench", out.path)
        .with_remedy("slipway bench MODEL --dummy --json > result.json");
  const auto median = median_of(out.document);
  if (!median)
    return fail(Code::invalid_input, "the median of {} has no interval: it needs 6 samples",
                out.path)
        .with_remedy("measure longer");
  out.median = *median;
  return out;
}

std::vector<FieldDifference> setting_differences(const Json& a, const Json& b) {
  constexpr std::array<std::string_view, 14> kNames = {"model",
                                                       "mode",
                                                       "inputs",
                                                       "batch",
                                                       "streams",
                                                       "stream_kind",
                                                       "threads",
                                                       "clock",
                                                       "scenario.name",
                                                       "scenario.arrivals",
                                                       "scenario.rate",
                                                       "scenario.samples_per_query",
                                                       "scenario.slo.percent",
                                                       "scenario.slo.bound_ms"};
  auto out = differences(members(a, kNames), members(b, kNames));
  // The rate that --find-peak found is a figure, not a setting.
  if (at_path(a, "scenario.peak") != nullptr && at_path(b, "scenario.peak") != nullptr)
    std::erase_if(out, [](const auto& row) { return row.name == "scenario.rate"; });
  // What ran comes first: the others say how.
  std::ranges::stable_partition(out, [](const auto& row) { return row.name == "model"; });
  return out;
}

std::vector<FieldDifference> environment_differences(const Json& a, const Json& b) {
  constexpr std::array<std::string_view, 5> kNames = {"device", "isa", "precision", "environment",
                                                      "fingerprint"};
  auto out = differences(members(a, kNames), members(b, kNames));
  // It is another one each time, and says so by itself.
  std::erase_if(out, [](const auto& row) { return row.name == "environment.load_average"; });
  return out;
}

}  // namespace slipway::cli
