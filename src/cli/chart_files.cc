#include "cli/chart_files.h"

#include <algorithm>
#include <cstring>

#include "measure/report/text.h"

namespace slipway::cli {
namespace {

constexpr std::string_view kResult = "result.v1.json";
constexpr std::string_view kFailed = "failed.json";
constexpr std::uint64_t kMost = std::uint64_t{256} << 20U;

/// What failed.json of a row says.
Result<report::Failed> read_failed(const Files& files, const std::string& folder) {
  const auto path = join(folder, kFailed);
  const auto bytes = SLIPWAY_TRY(files.read(path, kMost));
  auto out =
      SLIPWAY_TRY(report::parse_failed(report::clean(as_text(bytes))).during("reading {}", path));
  out.label = report::clean(base_name(folder));
  return out;
}

/// A folder with a result, or its folders that have one. Rows that failed go to `failed`.
Result<std::vector<std::string>> results_in(const Files& files, const std::string& folder,
                                            std::vector<report::Failed>& failed) {
  const auto is_there = [&](const std::string& path) {
    return files.kind(path) == Files::Kind::file;
  };
  const auto own = join(folder, kResult);
  if (is_there(own)) return std::vector{own};
  std::vector<std::string> out;
  auto names = SLIPWAY_TRY(files.list(folder));
  // test_2 comes before test_10.
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    return ::strverscmp(a.c_str(), b.c_str()) < 0;
  });
  names.emplace(names.begin());  // the folder itself may be a row
  bool any_failed = false;
  for (const auto& name : names) {
    const auto row = name.empty() ? folder : join(folder, name);
    if (auto path = join(row, kResult); is_there(path)) {
      out.push_back(std::move(path));
    } else if (is_there(join(row, kFailed))) {
      failed.push_back(SLIPWAY_TRY(read_failed(files, row)));
      any_failed = true;
    }
  }
  if (out.empty() && !any_failed)
    return fail(Code::not_found, "no {} in the folder {}, and none in its folders", kResult, folder)
        .with_remedy("slipway bench MODEL --dummy --output-dir " + folder);
  return out;
}

/// What one file adds.
Result<void> add(const Files& files, const std::string& path, const std::string& label,
                 report::Material& into) {
  if (files.kind(path) == Files::Kind::absent && extension(path) == "txt") {
    into.stats.push_back({label, path, std::nullopt});
    return {};
  }
  const auto bytes = SLIPWAY_TRY(files.read(path, kMost));
  const auto text = as_text(bytes);
  if (!report::is_text(text))
    return fail(Code::invalid_input, "it is no text (UTF-8)")
        .with_remedy("give stats files (three lines) and results (JSON of 'slipway bench')");
  if (!report::looks_like_json(text)) {
    const auto stats = SLIPWAY_TRY(report::parse_stats(text));
    into.stats.push_back({label, path, stats});
    return {};
  }
  auto run = SLIPWAY_TRY(report::parse_result(text));
  run.path = report::clean(path);
  run.label = label;
  into.runs.push_back(std::move(run));
  return {};
}

}  // namespace

void ChartFiles::describe(Options& options, std::string argument) {
  options
      .arguments(std::move(argument), files_,
                 "stats files (three lines: seconds to load, seconds of all inferences, frames "
                 "per second), results (JSON of bench), or folders with result.v1.json, such as "
                 "those of a sweep")
      .takes_file = true;
  options.value("--labels", "A,B,C", labels_,
                "names in the charts, one for each file (default: what tells them apart)");
}

Result<std::vector<std::string>> ChartFiles::paths(const Files& files,
                                                   std::vector<report::Failed>& failed) const {
  std::vector<std::string> out;
  for (const auto& path : files_) {
    if (files.kind(path) != Files::Kind::folder) {
      out.push_back(path);
      continue;
    }
    for (auto& result : SLIPWAY_TRY(results_in(files, path, failed)))
      out.push_back(std::move(result));
  }
  return out;
}

Result<std::vector<std::string>> ChartFiles::labels(World& world, std::size_t count) const {
  std::vector<std::string> out;
  if (!labels_) return std::vector<std::string>(count);
  std::size_t at = 0;
  while (at <= labels_->size()) {
    const auto end = std::min(labels_->find(',', at), labels_->size());
    out.push_back(report::clean(std::string_view(*labels_).substr(at, end - at)));
    at = end + 1;
  }
  if (out.size() != count)
    return world.usage("--labels has {} name{} for {} file{}", out.size(),
                       out.size() == 1 ? "" : "s", count, count == 1 ? "" : "s");
  if (std::ranges::find(out, "") != out.end()) return world.usage("--labels has an empty name");
  return out;
}

Result<report::Material> ChartFiles::read(World& world) const {
  report::Material out;
  const auto all = SLIPWAY_TRY(paths(world.files, out.failed));
  const auto names = SLIPWAY_TRY(labels(world, all.size()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    world.goal = fmt::format("read {}", all[i]);
    SLIPWAY_TRY(add(world.files, all[i], names[i], out));
  }
  const auto there = std::ranges::count_if(
      out.stats, [](const report::NamedStats& file) { return file.stats.has_value(); });
  if (there == 0 && out.runs.empty() && out.failed.empty())
    return fail(Code::not_found, "there is no such file")
        .with_remedy("slipway bench MODEL --dummy --json > result.json writes a result");
  if (there == 0) out.stats.clear();
  for (const auto& file : out.stats)
    if (!file.stats) world.note("{} is not there: its bars are marked N/A", file.path);
  for (const auto& row : out.failed) world.note("{} failed: {}", row.label, row.reason);
  report::label_runs(out.runs);
  report::label_stats(out.stats);
  return out;
}

bool ChartFiles::has(const Files& files, const std::string& output) const {
  const auto real = files.resolve(output);
  return real && std::ranges::any_of(files_, [&](const std::string& path) {
           const auto other = files.resolve(path);
           return other && *other == *real;
         });
}

}  // namespace slipway::cli
