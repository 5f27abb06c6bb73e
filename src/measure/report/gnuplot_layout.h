#pragma once
// How a picture of several charts is divided.

#include <algorithm>
#include <vector>

#include "measure/report/chart.h"

namespace slipway::report {

inline constexpr int kCellWidth = 560;  // of one chart, in pixels
inline constexpr int kCellHeight = 430;
inline constexpr int kLegendLine = 20;
inline constexpr int kTop = 62;     // above the axes
inline constexpr int kBottom = 56;  // below them, without the legend
inline constexpr int kLeft = 104;
inline constexpr int kRight = 24;
inline constexpr int kMargin = kLeft + kRight;
inline constexpr double kLetter = 7.2;  // width of a letter of the font, about

/// Cells of one size, in columns and rows.
struct Layout {
  int columns = 1;
  int rows = 1;
  int cell_width = kCellWidth;
  int cell_height = kCellHeight;
  int head = 0;  // above all charts

  /// Of the two edges of a picture, of which a screen would have few.
  [[nodiscard]] int png_scale() const {
    constexpr int kMost = 8000;
    return std::max(width(), height()) * 2 > kMost ? 1 : 2;
  }

  [[nodiscard]] int width() const { return columns * cell_width; }

  [[nodiscard]] int height() const { return rows * cell_height + head; }
};

[[nodiscard]] bool has_bars(const Chart& chart);

[[nodiscard]] bool has_legend(const Chart& chart);

/// Lines of the legend; 0 without one.
[[nodiscard]] int legend_lines(const Chart& chart);

/// How far the axes of a chart stay away from the left: names of lying bars need room.
[[nodiscard]] int left_of(const Chart& chart);

/// `note`: there are words above all charts.
[[nodiscard]] Layout layout_of(const std::vector<Chart>& charts, bool note);

}  // namespace slipway::report
