#include "measure/report/gnuplot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "base/check.h"
#include "measure/report/gnuplot_layout.h"
#include "measure/report/text.h"

namespace slipway::report {
namespace {

// Those of the light page (src/cli/pages/page_style.css).
constexpr std::array<unsigned, kColors> kPalette = {0x1766c2, 0xb34d00, 0x1b7a3d, 0x7a3fb8,
                                                    0xb3261e, 0x00727a, 0x6b6000, 0xb0256f};
constexpr unsigned kInk = 0x16191d;
constexpr unsigned kSoft = 0x4a525c;
constexpr unsigned kLine = 0xc6ccd4;
constexpr std::array<int, kColors> kMarks = {7, 5, 9, 13, 11, 15, 6, 4};  // gnuplot's pointtypes

constexpr double kGroup = 0.78;  // of a category's room is for bars

unsigned color_of(std::size_t number) {
  return number == Series::kInk ? kInk : kPalette[number % kPalette.size()];
}

/// 'text', in which gnuplot replaces nothing.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : clean(text)) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

/// The text on lines of about `most` characters, three at most, broken at spaces and slashes.
std::vector<std::string> lines_of(std::string_view text, std::size_t most) {
  constexpr std::size_t kLines = 3;
  const auto all = brief(clean(text), std::max<std::size_t>(most * kLines, 12));
  std::vector<std::string> out(1);
  std::string word;
  const auto flush = [&] {
    if (!out.back().empty() && length(out.back()) + length(word) > most && out.size() < kLines)
      out.emplace_back();
    out.back() += word;
    word.clear();
  };
  for (const char c : all) {
    word += c;
    if (c == ' ' || c == '/' || c == '_') flush();
  }
  flush();
  for (auto& line : out)
    while (line.ends_with(' ')) line.pop_back();
  return out;
}

/// Lines as one text of gnuplot.
std::string joined(const std::vector<std::string>& lines) {
  std::string format;
  std::string arguments;
  for (const auto& line : lines) {
    format += format.empty() ? "%s" : "\\n%s";
    arguments += ", " + quoted(line);
  }
  return fmt::format("sprintf(\"{}\"{})", format, arguments);
}

class Script {
 public:
  Script(const Layout& layout, Picture picture) : layout_(layout) {
    constexpr double kPixels = 96;  // to an inch
    switch (picture) {
      case Picture::svg:
        line("set terminal svg noenhanced size {},{} font 'DejaVu Sans,12' background '#ffffff'",
             layout.width(), layout.height());
        break;
      case Picture::png:
        line(
            "set terminal pngcairo noenhanced size {0},{1} fontscale {2} linewidth {2} pointscale "
            "{2} font 'DejaVu Sans,9' background '#ffffff'",
            layout.png_scale() * layout.width(), layout.png_scale() * layout.height(),
            layout.png_scale());
        break;
      case Picture::pdf:
        line(
            "set terminal pdfcairo noenhanced size {}in,{}in font 'DejaVu Sans,9' background "
            "'#ffffff'",
            layout.width() / kPixels, layout.height() / kPixels);
        break;
    }
    line("set encoding utf8");
    line("set border 3 linecolor rgb '#{:06x}'", kSoft);
    line("set grid ytics linetype 1 linecolor rgb '#{:06x}' linewidth 0.6", kLine);
    line("set tics nomirror out scale 0.5 textcolor rgb '#{:06x}'", kSoft);
    line("set style fill solid 1 noborder");
  }

  void begin(const std::string& note) {
    if (!note.empty())
      line("set label 1000 {} at screen 0.5, screen {} center front textcolor rgb '#{:06x}'",
           quoted(note), 1 - 0.5 * layout_.head / layout_.height(), kInk);
    line("set multiplot");
  }

  void add(const Chart& chart, int number) {
    place(chart, number);
    head(chart);
    chart_ = number;
    plots_.clear();
    data_ = 0;
    if (lies(chart)) {
      lying_bars(chart);
    } else if (has_bars(chart)) {
      bars(chart);
    } else {
      curves(chart);
    }
    std::string all;
    for (const auto& plot : plots_) all += (all.empty() ? "" : ", ") + plot;
    line("plot {}", all);
    // What the next chart must not inherit.
    line(
        "unset logscale\nset xtics auto\nset ytics norotate scale 0.5 auto\nset autoscale\nunset "
        "label 1\nunset label 2\nset grid noxtics ytics");
    if (number == 0) line("unset label 1000");
  }

  [[nodiscard]] std::string text() && {
    line("unset multiplot");
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> text, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), text, std::forward<Args>(args)...);
    text_ += '\n';
  }

  /// Where the n-th chart lies, from left to right, from the top, and how much of that its axes
  /// have.
  void place(const Chart& chart, int number) {
    const double width = layout_.width();
    const double height = layout_.height();
    const double left = (number % layout_.columns) * layout_.cell_width;
    const double top = height - layout_.head - (number / layout_.columns) * layout_.cell_height;
    const double bottom = top - layout_.cell_height;
    const int legend = legend_lines(chart) * kLegendLine;
    line("set origin {},{}", left / width, bottom / height);
    line("set size {},{}", layout_.cell_width / width, layout_.cell_height / height);
    line("set lmargin at screen {}\nset rmargin at screen {}", (left + left_of(chart)) / width,
         (left + layout_.cell_width - kRight) / width);
    line("set tmargin at screen {}\nset bmargin at screen {}", (top - kTop) / height,
         (bottom + kBottom + legend) / height);
    if (legend > 0) {
      line(
          "set key at screen {}, screen {} center bottom vertical maxrows {} maxcols 1 Left "
          "reverse "
          "samplen 2 textcolor rgb '#{:06x}'",
          (left + kLeft + (layout_.cell_width - kMargin) / 2.0) / width, (bottom + 6) / height,
          chart.series.size(), kInk);
    } else {
      line("unset key");
    }
  }

  /// Letters that fit below a category.
  [[nodiscard]] std::size_t letters(const Chart& chart) const {
    const double room =
        (layout_.cell_width - kMargin) / static_cast<double>(chart.categories.size());
    return std::max<std::size_t>(3, static_cast<std::size_t>(room / kLetter));
  }

  void head(const Chart& chart) {
    const auto most = static_cast<std::size_t>((layout_.cell_width - kMargin) / (kLetter * 1.25));
    line("set title {} font ',14' textcolor rgb '#{:06x}' offset 0,{}",
         quoted(brief(clean(chart.title), std::max<std::size_t>(most, 12))), kInk,
         chart.clock.empty() ? 0.2 : 0.9);
    if (!chart.clock.empty())
      line("set label 2 {} at graph 0.5, graph 1.045 center textcolor rgb '#{:06x}'",
           quoted("clock: " + chart.clock), kSoft);
    const bool turns = lies(chart);
    line("set xlabel {} textcolor rgb '#{:06x}'", quoted(turns ? chart.y.title : chart.x.title),
         kInk);
    line("set ylabel {} offset 1,0 textcolor rgb '#{:06x}'",
         quoted(turns ? chart.x.title : chart.y.title), kInk);
  }

  /// A block of data of the chart, with a name that plots refer to.
  std::string data(const std::string& rows) {
    const auto name = fmt::format("$d{}_{}", chart_, data_++);
    text_ += fmt::format("{} << END_OF_DATA\n{}END_OF_DATA\n", name, rows);
    return name;
  }

  void bars(const Chart& chart) {
    const auto count = chart.categories.size();
    const double room = (layout_.cell_width - kMargin) / static_cast<double>(count);
    std::string ticks;
    for (std::size_t i = 0; i < count; ++i)
      ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ",
                           joined(lines_of(chart.categories[i], letters(chart))), i);
    line("set xtics scale 0 norotate ({})", ticks);
    constexpr double kFewest = 3;  // one or two bars are no wider than three would be
    const double room_beside = 0.6 + std::max(0.0, kFewest - static_cast<double>(count)) * 0.3;
    line("set xrange [{}:{}]", -room_beside, static_cast<double>(count) - 1 + room_beside);
    const double width = kGroup / static_cast<double>(chart.series.size());
    constexpr double kFigure = 7 * kLetter;  // of a value above its bar
    const bool upright = room * width < kFigure;
    double top = 0;
    for (const auto& series : chart.series)
      for (const auto& point : series.points)
        top = std::max({top, point.y.value_or(0), point.interval ? point.interval->high : 0});
    line("set yrange [0:{}]", top > 0 ? top * (upright ? 1.35 : 1.15) : 1);
    for (std::size_t s = 0; s < chart.series.size(); ++s)
      bars_of(chart, s, (static_cast<double>(s) + 0.5) * width - kGroup / 2, width, upright);
  }

  /// Bars of the one series below each other, each beside its name.
  void lying_bars(const Chart& chart) {
    const auto& series = chart.series.front();
    const auto names = brief_all(chart.categories, kNameOfBar);
    std::string ticks;
    std::string boxes;
    std::string whiskers;
    std::string values;
    std::string missing;
    double most = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted(names[i]), i);
      const auto& point = series.points[i];
      if (!point.y) {
        missing += fmt::format("0 {} \"N/A\"\n", i);
        continue;
      }
      const double half = kGroup / 2;
      const auto at = static_cast<double>(i);
      boxes += fmt::format(
          "0 {0} 0 {1} {2} {3} {4}\n", at, *point.y, at - half, at + half,
          color_of(chart.category_colors.empty() ? series.color : chart.category_colors[i]));
      double end = *point.y;
      if (point.interval) {
        whiskers += fmt::format("{} {} {} 0\n", point.interval->low, at,
                                point.interval->high - point.interval->low);
        end = std::max(end, point.interval->high);
      }
      values += fmt::format("{} {} \"{}\"\n", end, at, figure(*point.y));
      most = std::max(most, end);
    }
    line("set grid xtics noytics");
    line("set ytics scale 0 norotate ({})", ticks);
    line("set xtics norotate auto");
    line("set yrange [{}:-0.6]", static_cast<double>(names.size()) - 0.4);
    line("set xrange [0:{}]", most > 0 ? most * 1.25 : 1);
    if (boxes.empty()) boxes = "0 NaN 0 0 0 0 0\n";
    plots_.push_back(fmt::format(
        "{} using 1:2:3:4:5:6:7 with boxxyerror linecolor rgb variable notitle", data(boxes)));
    if (!whiskers.empty())
      plots_.push_back(
          fmt::format("{} using 1:2:3:4 with vectors heads nofilled size graph 0.008,90 linecolor "
                      "rgb '#{:06x}' linewidth 1.4 notitle",
                      data(whiskers), kInk));
    for (const auto& [rows, color] : {std::pair(&values, kInk), std::pair(&missing, kSoft)})
      if (!rows->empty())
        plots_.push_back(fmt::format(
            "{} using 1:2:3 with labels left offset 0.6,0 textcolor rgb '#{:06x}' notitle",
            data(*rows), color));
  }

  /// Boxes, whiskers and values of one series, `shift` beside the middle of each category.
  void bars_of(const Chart& chart, std::size_t number, double shift, double width, bool upright) {
    const auto& series = chart.series[number];
    std::string boxes;
    std::string whiskers;
    std::string values;
    std::string missing;
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const auto& point = series.points[i];
      const double x = point.x + shift;
      if (!point.y) {
        missing += fmt::format("{} 0 \"N/A\"\n", x);
        continue;
      }
      boxes += fmt::format(
          "{} {} {} {}\n", x, *point.y, width * 0.92,
          color_of(chart.category_colors.empty() ? series.color : chart.category_colors[i]));
      double top = *point.y;
      if (point.interval) {
        whiskers += fmt::format("{} {} 0 {}\n", x, point.interval->low,
                                point.interval->high - point.interval->low);
        top = std::max(top, point.interval->high);
      }
      values += fmt::format("{} {} \"{}\"\n", x, top, figure(*point.y));
    }
    // A series without a bar has its place in the legend all the same.
    if (boxes.empty()) boxes = "0 NaN 0 0\n";
    plots_.push_back(
        fmt::format("{} using 1:2:3:4 with boxes linecolor rgb variable notitle", data(boxes)));
    if (has_legend(chart))
      plots_.push_back(fmt::format("NaN with boxes linecolor rgb '#{:06x}' title {}",
                                   color_of(series.color), legend(series.name)));
    if (!whiskers.empty())
      plots_.push_back(
          fmt::format("{} using 1:2:3:4 with vectors heads nofilled size graph 0.008,90 linecolor "
                      "rgb '#{:06x}' linewidth 1.4 notitle",
                      data(whiskers), kInk));
    const auto turn = upright ? "left rotate by 90 offset 0,0.5" : "center offset 0,0.7";
    for (const auto& [rows, color] : {std::pair(&values, kInk), std::pair(&missing, kSoft)})
      if (!rows->empty())
        plots_.push_back(
            fmt::format("{} using 1:2:3 with labels {} textcolor rgb '#{:06x}' notitle",
                        data(*rows), turn, color));
  }

  void axes(const Chart& chart) {
    double left = 0;
    double right = 0;
    bool any = false;
    for (const auto& series : chart.series) {
      for (const auto& point : series.points) {
        left = any ? std::min(left, point.x) : point.x;
        right = any ? std::max(right, point.x) : point.x;
        any = true;
      }
    }
    if (chart.x.log) line("set logscale x {}", chart.x.ticks.empty() ? 10 : 2);
    if (chart.y.log) line("set logscale y 10");
    std::string ticks;
    for (const double tick : chart.x.ticks)
      ticks += fmt::format("{}{}", ticks.empty() ? "" : ", ", tick);
    line("set xtics norotate {}", ticks.empty() ? "auto" : "(" + ticks + ")");
    const bool distribution =
        chart.series.front().shape == Shape::steps || chart.series.front().shape == Shape::curve;
    const double room = (right - left) * (distribution ? 0 : 0.08);
    if (right > left && chart.x.log) {
      const double factor = distribution ? 1 : std::pow(right / left, 0.05);
      line("set xrange [{}:{}]", left / factor, right * factor);
    } else if (right > left) {
      line("set xrange [{}:{}]", std::max(0.0, left - room), right + room);
    } else {
      line("set xrange [{}:{}]", left * 0.5, right > 0 ? right * 1.5 : 1);
    }
    vertical(chart);
  }

  /// From 0 on, but for what is far from it: per cents that are nearly equal, and logarithms.
  void vertical(const Chart& chart) {
    double low = 0;
    double high = 0;
    bool any = false;
    for (const auto& series : chart.series) {
      for (const auto& point : series.points) {
        const double y = point.y.value_or(0);
        low = any ? std::min(low, y) : y;
        high = any ? std::max(high, y) : y;
        any = true;
      }
    }
    const auto shape = chart.series.front().shape;
    if (chart.y.log) {
      line("set yrange [{}:{}]", low > 0 ? low / 2 : 1e-3, high * 2);
    } else if (shape == Shape::marks) {
      const double room = high > low ? (high - low) * 0.15 : std::max(1.0, high * 0.05);
      line("set yrange [{}:{}]", std::max(0.0, low - room),
           std::min(high + room, chart.y.most.value_or(high + room)));
    } else {
      const double most = chart.y.most ? *chart.y.most * 1.02 : high * 1.1;
      line("set yrange [0:{}]", most > 0 ? most : 1);
    }
  }

  void curves(const Chart& chart) {
    axes(chart);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const auto& series = chart.series[s];
      std::string rows;
      for (const auto& point : series.points)
        if (point.y) rows += fmt::format("{} {}\n", point.x, *point.y);
      const auto name = data(rows.empty() ? "0 NaN\n" : rows);
      const auto color = color_of(series.color);
      const bool ink = series.color == Series::kInk;
      const int dash = ink ? 2 : 1 + static_cast<int>(s / kColors) % 3;
      const auto mark = kMarks[ink ? 0 : series.color % kMarks.size()];
      const auto title = legend(series.name);
      switch (series.shape) {
        case Shape::steps:
          plots_.push_back(fmt::format(
              "{} using 1:2 with fillsteps fill transparent solid 0.22 noborder linecolor rgb "
              "'#{:06x}' notitle, {} using 1:2 with steps linewidth 1.8 dashtype {} linecolor rgb "
              "'#{:06x}' title {}",
              name, color, name, dash, color, title));
          break;
        case Shape::line:
          plots_.push_back(fmt::format(
              "{} using 1:2 with linespoints linewidth 2 dashtype {} pointtype {} pointsize 0.9 "
              "linecolor rgb '#{:06x}' title {}",
              name, dash, mark, color, title));
          break;
        case Shape::marks:
          plots_.push_back(
              fmt::format("{} using 1:2 with points pointtype {} pointsize 1.1 linewidth 1.5 "
                          "linecolor rgb '#{:06x}' title {}",
                          name, mark, color, title));
          break;
        case Shape::curve:
        case Shape::bars:
          plots_.push_back(
              fmt::format("{} using 1:2 with lines linewidth 2 dashtype {} linecolor rgb '#{:06x}' "
                          "title {}",
                          name, dash, color, title));
          break;
      }
    }
  }

  [[nodiscard]] std::string legend(const std::string& name) const {
    const auto most = static_cast<std::size_t>((layout_.cell_width - kMargin) / kLetter);
    return quoted(brief(clean(name), std::max<std::size_t>(most, 12)));
  }

  Layout layout_;
  int chart_ = 0;
  int data_ = 0;
  std::vector<std::string> plots_;
  std::string text_;
};

}  // namespace

Result<Picture> parse_picture(std::string_view extension) {
  if (extension == "svg") return Picture::svg;
  if (extension == "png") return Picture::png;
  if (extension == "pdf") return Picture::pdf;
  return fail(Code::invalid_input, "a picture is .svg, .png or .pdf");
}

std::string gnuplot_script(const std::vector<Chart>& charts, const std::string& note,
                           Picture picture) {
  SLIPWAY_CHECK(!charts.empty());
  Script script(layout_of(charts, !note.empty()), picture);
  script.begin(note);
  for (std::size_t i = 0; i < charts.size(); ++i) script.add(charts[i], static_cast<int>(i));
  return std::move(script).text();
}

}  // namespace slipway::report
