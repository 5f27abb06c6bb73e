#pragma once
// A chart as a value: what is drawn, and the table behind it. Who draws stands elsewhere
// (decision 31).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace slipway::report {

struct Axis {
  std::string title;  // with its unit: "latency (ms)"
  bool log = false;
  std::vector<double> ticks;                  // only these, where there are any
  std::optional<double> most = std::nullopt;  // that there can be: 100 of per cents
};

struct Interval {
  double low = 0;
  double high = 0;
};

struct Point {
  double x = 0;                                     // of bars: the place of the category
  std::optional<double> y;                          // nothing: marked as not there
  std::optional<Interval> interval = std::nullopt;  // a whisker
  std::string name = {};                            // "conv1"; may be empty
};

enum class Shape : std::uint8_t {
  bars,
  line,   // with marks at its points
  curve,  // without
  steps,  // a histogram: y holds from its x to the next one's
  marks,
};

struct Series {
  /// Of lines that belong to no run, such as those of a roof.
  static constexpr std::size_t kInk = 1000;

  std::string name;
  std::size_t color = 0;  // the number of its run
  Shape shape = Shape::bars;
  std::vector<Point> points;
};

struct Chart {
  struct Column {
    std::string title;
    bool is_number = false;
  };

  std::string id;
  std::string title;
  std::string about;  // a sentence or two for those who read it; may be empty
  std::string clock;  // "measured", "modelled", "mixed"; empty: nobody says
  Axis x;
  Axis y;
  std::vector<std::string> categories = {};  // names below bars
  /// Bars of one series: the colour of each category; empty: all have that of the series.
  std::vector<std::size_t> category_colors = {};
  std::vector<Series> series = {};

  std::vector<Column> columns = {};  // of the table behind
  std::vector<std::vector<std::string>> rows = {};
};

/// Whether its bars lie: their names are too many, or too long, to stand below them.
[[nodiscard]] bool lies(const Chart& chart);

/// How many letters a name beside a lying bar may have.
inline constexpr std::size_t kNameOfBar = 44;

/// How many colours there are; run n has colour n modulo this, and dashes from there on.
inline constexpr std::size_t kColors = 8;

[[nodiscard]] Json to_json(const Chart& chart);

}  // namespace slipway::report
