#include "cli/chart_files.h"

#include <algorithm>
#include <cstring>

#include "measure/report/text.h"

namespace slipway::cli {
namespace {

constexpr std::string_view kResult = "result.v1.json";
constexpr std::uint64_t kMost = std::uint64_t{256} << 20U;

/// "fpga_cpu" of "jobs/fpga_cpu_stats.txt".
std::string label_of(const std::string& path) {
  const auto name = stem(path);
  constexpr std::string_view kTail = "_stats";
  return report::clean(name.size() > kTail.size() && name.ends_with(kTail)
                           ? name.substr(0, name.size() - kTail.size())
                           : name);
}

/// A folder with a result, or its folders that have one.
Result<std::vector<std::string>> results_in(const Files& files, const std::string& folder) {
  const auto own = join(folder, kResult);
  if (files.kind(own) == Files::Kind::file) return std::vector{own};
  std::vector<std::string> out;
  auto names = SLIPWAY_TRY(files.list(folder));
  // test_2 comes before test_10.
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    return ::strverscmp(a.c_str(), b.c_str()) < 0;
  });
  for (const auto& name : names)
    if (auto path = join(join(folder, name), kResult); files.kind(path) == Files::Kind::file)
      out.push_back(std::move(path));
  if (out.empty())
    return fail(Code::not_found, "no {} in the folder {}, and none in its folders", kResult, folder)
        .with_remedy("slipway bench MODEL --dummy --output-dir " + folder);
  return out;
}

/// What one file adds.
Result<void> add(const Files& files, const std::string& path, const std::string& label,
                 report::Material& into) {
  if (files.kind(path) == Files::Kind::absent && extension(path) == "txt") {
    into.stats.push_back({label.empty() ? label_of(path) : label, path, std::nullopt});
    return {};
  }
  const auto bytes = SLIPWAY_TRY(files.read(path, kMost));
  const auto text = as_text(bytes);
  if (!report::is_text(text))
    return fail(Code::invalid_input, "it is no text (UTF-8)")
        .with_remedy("give stats files (three lines) and results (JSON of 'slipway bench')");
  if (!report::looks_like_json(text)) {
    const auto stats = SLIPWAY_TRY(report::parse_stats(text));
    into.stats.push_back({label.empty() ? label_of(path) : label, path, stats});
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

Result<std::vector<std::string>> ChartFiles::paths(const Files& files) const {
  std::vector<std::string> out;
  for (const auto& path : files_) {
    if (files.kind(path) != Files::Kind::folder) {
      out.push_back(path);
      continue;
    }
    for (auto& result : SLIPWAY_TRY(results_in(files, path))) out.push_back(std::move(result));
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
  const auto all = SLIPWAY_TRY(paths(world.files));
  const auto names = SLIPWAY_TRY(labels(world, all.size()));
  report::Material out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    world.goal = fmt::format("read {}", all[i]);
    SLIPWAY_TRY(add(world.files, all[i], names[i], out));
  }
  const auto there = std::ranges::count_if(
      out.stats, [](const report::NamedStats& file) { return file.stats.has_value(); });
  if (there == 0 && out.runs.empty())
    return fail(Code::not_found, "there is no such file")
        .with_remedy("slipway bench MODEL --dummy --json > result.json writes a result");
  if (there == 0) out.stats.clear();
  for (const auto& file : out.stats)
    if (!file.stats) world.note("{} is not there: its bars are marked N/A", file.path);
  report::label_runs(out.runs);
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
