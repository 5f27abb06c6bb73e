#include "measure/report/gnuplot_layout.h"

#include "measure/report/text.h"

namespace slipway::report {

bool has_bars(const Chart& chart) { return !chart.categories.empty(); }

bool has_legend(const Chart& chart) { return chart.series.size() > 1 || !has_bars(chart); }

int legend_lines(const Chart& chart) {
  return has_legend(chart) ? static_cast<int>(chart.series.size()) : 0;
}

int left_of(const Chart& chart) {
  if (!lies(chart)) return kLeft;
  std::size_t most = 0;
  for (const auto& name : brief_all(chart.categories, kNameOfBar))
    most = std::max(most, length(name));
  constexpr int kGap = 24;
  return static_cast<int>(static_cast<double>(most) * kLetter) + kGap;
}

Layout layout_of(const std::vector<Chart>& charts, bool note) {
  constexpr int kBar = 36;          // width of one that stands
  constexpr int kLyingBar = 24;     // height of one that lies
  constexpr int kLyingWidth = 420;  // of the axes beside their names
  constexpr int kMostWidth = 1400;
  constexpr int kMostOfTwo = 900;  // a cell that may stand beside another
  Layout out;
  int legend = 0;
  for (const auto& chart : charts) {
    const auto bars = static_cast<int>(chart.categories.size() * chart.series.size());
    if (lies(chart)) {
      out.cell_width = std::max(out.cell_width, left_of(chart) + kLyingWidth);
      out.cell_height = std::max(out.cell_height, bars * kLyingBar + kTop + kBottom);
    } else {
      out.cell_width = std::max(out.cell_width, std::min(bars * kBar + kMargin, kMostWidth));
    }
    legend = std::max(legend, legend_lines(chart));
  }
  const auto count = static_cast<int>(charts.size());
  const bool three = out.cell_width == kCellWidth && (count == 3 || count > 4);
  out.columns = std::min(count, three ? 3 : out.cell_width <= kMostOfTwo ? 2 : 1);
  out.rows = (count + out.columns - 1) / out.columns;
  out.cell_height += legend * kLegendLine;
  out.head = note ? 40 : 6;
  return out;
}

}  // namespace slipway::report
