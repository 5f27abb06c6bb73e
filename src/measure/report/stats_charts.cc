#include <array>
#include <functional>
#include <set>

#include <fmt/core.h>

#include "base/file.h"
#include "measure/report/charts.h"
#include "measure/report/text.h"

namespace slipway::report {
namespace {

struct Bar {
  std::string_view id;
  std::string_view title;
  std::string_view unit;
  std::string_view about;
  double Stats::*value;
};

constexpr std::array<Bar, 3> kBars = {{
    {"load_time", "Model Load Time", "seconds",
     "Reading, compiling and loading the model. Less is better.", &Stats::load_s},
    {"inference_time", "Inference Time", "seconds",
     "All inferences of a run together. Less is better.", &Stats::inference_s},
    {"fps", "Frames per Second", "Frames", "Inferences by the time that they took. More is better.",
     &Stats::fps},
}};

Chart chart_of(const Bar& bar, const std::vector<NamedStats>& files) {
  Chart out{.id = std::string(bar.id),
            .title = std::string(bar.title),
            .about = std::string(bar.about) +
                     " A stats file does not say whether its clock measured or modelled.",
            .clock = {},
            .x = {},
            .y = {std::string(bar.unit), false, {}}};
  out.columns = {{"run"}, {std::string(bar.unit), true}, {"file"}};
  Series series{.name = std::string(bar.title), .color = 0, .shape = Shape::bars, .points = {}};
  for (const auto& file : files) {
    Point point{.x = static_cast<double>(out.categories.size()), .y = {}};
    if (file.stats) point.y = (*file.stats).*(bar.value);
    if (!file.stats) point.name = "no such file";
    out.category_colors.push_back(out.categories.size());
    out.categories.push_back(file.label);
    out.rows.push_back(
        {file.label, file.stats ? figure(*point.y) : "N/A: no such file", clean(file.path)});
    series.points.push_back(std::move(point));
  }
  out.series.push_back(std::move(series));
  return out;
}

/// "fpga_cpu" of "jobs/fpga_cpu_stats.txt"; empty for a name that every run has.
std::string own_name(const std::string& path) {
  auto name = stem(path);
  constexpr std::string_view kTail = "stats";
  if (name.ends_with(kTail)) name.remove_suffix(kTail.size());
  while (name.ends_with('_') || name.ends_with('-') || name.ends_with('.')) name.remove_suffix(1);
  return clean(name);
}

std::string folder_name(const std::string& path) {
  const auto folder = parent(path);
  return folder == "." ? std::string() : clean(base_name(folder));
}

}  // namespace

void label_stats(std::vector<NamedStats>& files) {
  std::vector<std::string> labels;
  for (const auto& file : files) {
    auto label = file.label.empty() ? own_name(file.path) : file.label;
    if (label.empty()) label = folder_name(file.path);
    if (label.empty()) label = clean(stem(file.path));
    labels.push_back(std::move(label));
  }
  // Files of the same name are told apart by their folders, or by all of their paths.
  const auto path_of = [](const std::string& path) { return clean(path); };
  for (const auto& place_of :
       {std::function<std::string(const std::string&)>(folder_name), {path_of}}) {
    const std::multiset<std::string> seen(labels.begin(), labels.end());
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!files[i].label.empty() || seen.count(labels[i]) < 2) continue;
      const auto place = place_of(files[i].path);
      if (!place.empty() && place != labels[i]) labels[i] += fmt::format(" ({})", place);
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i) files[i].label = labels[i];
}

std::vector<Chart> charts_of(const std::vector<NamedStats>& files) {
  std::vector<Chart> out;
  for (const auto& bar : kBars) out.push_back(chart_of(bar, files));
  return out;
}

}  // namespace slipway::report
