#include "cli/chart_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "cli/table.h"
#include "measure/report/text.h"

namespace slipway::cli {
namespace {

constexpr int kUsualColumns = 80;
constexpr std::size_t kLeastName = 28;  // letters beside a bar
constexpr std::size_t kLongTable = 24;  // rows that are better drawn

struct Row {
  std::string name;
  std::optional<double> value;
  std::string words;
};

/// A bar of `part` of `cells` characters, to an eighth of one.
std::string bar_of(double part, int cells) {
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths =
      static_cast<int>(std::lround(std::clamp(part, 0.0, 1.0) * static_cast<double>(cells) * 8));
  std::string out;
  for (int i = 0; i < eighths / 8; ++i) out += "█";
  out += kEighths[static_cast<std::size_t>(eighths % 8)];
  return out;
}

std::vector<Row> rows_of(const report::Chart& chart, std::size_t most) {
  std::vector<Row> out;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < chart.categories.size(); ++i) {
    for (const auto& series : chart.series) {
      const auto& point = series.points.at(i);
      auto name = chart.categories[i];
      if (chart.series.size() > 1) name += "  " + series.name;
      names.push_back(std::move(name));
      out.push_back({"", point.y, point.y ? report::figure(*point.y) : "N/A: " + point.name});
    }
  }
  names = report::brief_all(names, most);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].name = names[i];
  return out;
}

std::string bars(const World& world, const report::Chart& chart) {
  const int columns = world.terminal.out_columns > 0 ? world.terminal.out_columns : kUsualColumns;
  const auto half = static_cast<std::size_t>(columns) / 2;
  const auto rows = rows_of(chart, std::max(kLeastName, half));
  std::size_t names = 0;
  std::size_t values = 0;
  double top = 0;
  for (const auto& row : rows) {
    names = std::max(names, columns_of(row.name));
    if (row.value) values = std::max(values, row.words.size());
    top = std::max(top, row.value.value_or(0));
  }
  constexpr int kLeast = 10;
  const int cells = std::max(kLeast, columns - static_cast<int>(names + values) - 4);
  std::string out;
  for (const auto& row : rows) {
    out += row.name + std::string(names - columns_of(row.name), ' ') + "  ";
    if (!row.value) {
      out += row.words + "\n";
      continue;
    }
    out += fmt::format("{:>{}}  {}\n", row.words, values,
                       bar_of(top > 0 ? *row.value / top : 0, cells));
  }
  return out;
}

std::string small_table(const World& world, const report::Chart& chart) {
  std::vector<Column> columns;
  for (const auto& column : chart.columns)
    columns.push_back({column.title, column.is_number ? Align::right : Align::left, Shrink::end});
  Table table(std::move(columns));
  for (const auto& row : chart.rows) table.row(row);
  return table.text(world.terminal.out_columns, world.terminal.color);
}

}  // namespace

std::string chart_text(const World& world, const report::Chart& chart) {
  auto out = world.bold(chart.title);
  if (!chart.categories.empty()) out += fmt::format(", {}", chart.y.title);
  if (!chart.clock.empty()) out += fmt::format(", clock: {}", chart.clock);
  out += "\n";
  if (!chart.categories.empty()) {
    out += bars(world, chart);
  } else if (chart.rows.size() <= kLongTable) {
    out += small_table(world, chart);
  } else {
    out += "  -o F.svg draws it\n";
  }
  return out;
}

}  // namespace slipway::cli
