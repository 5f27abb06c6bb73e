#include <array>

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

}  // namespace

std::vector<Chart> charts_of(const std::vector<NamedStats>& files) {
  std::vector<Chart> out;
  for (const auto& bar : kBars) out.push_back(chart_of(bar, files));
  return out;
}

}  // namespace slipway::report
