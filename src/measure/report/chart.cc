#include "measure/report/chart.h"

#include <algorithm>
#include <utility>

#include "measure/report/text.h"

namespace slipway::report {
namespace {

std::string_view name_of(Shape shape) {
  switch (shape) {
    case Shape::bars:
      return "bars";
    case Shape::line:
      return "line";
    case Shape::curve:
      return "curve";
    case Shape::steps:
      return "steps";
    case Shape::marks:
      break;
  }
  return "marks";
}

Json axis_json(const Axis& axis) {
  Json out;
  out.set("title", axis.title);
  out.set("log", axis.log);
  if (axis.most) out.set("most", *axis.most);
  if (!axis.ticks.empty()) {
    Json ticks(Json::Array{});
    for (const double at : axis.ticks) ticks.push(at);
    out.set("ticks", std::move(ticks));
  }
  return out;
}

Json words_json(const std::vector<std::string>& words) {
  Json out(Json::Array{});
  for (const auto& word : words) out.push(word);
  return out;
}

Json series_json(const Series& series) {
  Json points(Json::Array{});
  for (const auto& point : series.points) {
    Json json;
    json.set("x", point.x);
    json.set("y", point.y ? Json(*point.y) : Json());
    if (point.interval) {
      json.set("low", point.interval->low);
      json.set("high", point.interval->high);
    }
    if (!point.name.empty()) json.set("name", point.name);
    points.push(std::move(json));
  }
  Json out;
  out.set("name", series.name);
  out.set("color", series.color == Series::kInk ? Json() : Json(series.color));
  out.set("shape", name_of(series.shape));
  out.set("points", std::move(points));
  return out;
}

}  // namespace

bool lies(const Chart& chart) {
  constexpr std::size_t kMost = 8;      // bars that stand beside each other
  constexpr std::size_t kLetters = 60;  // below all of them, on one line
  constexpr std::size_t kLines = 2;
  if (chart.series.size() != 1 || chart.categories.empty()) return false;
  const auto room = kLines * kLetters / chart.categories.size();
  return chart.categories.size() > kMost ||
         std::ranges::any_of(chart.categories,
                             [&](const auto& name) { return length(name) > room; });
}

Json to_json(const Chart& chart) {
  Json out;
  out.set("id", chart.id);
  out.set("title", chart.title);
  out.set("about", chart.about);
  out.set("clock", chart.clock.empty() ? Json() : Json(chart.clock));
  out.set("x", axis_json(chart.x));
  out.set("y", axis_json(chart.y));
  if (!chart.categories.empty()) {
    out.set("categories", words_json(chart.categories));
    out.set("names", words_json(brief_all(chart.categories, kNameOfBar)));
    out.set("lies", lies(chart));
  }
  if (!chart.category_colors.empty()) {
    Json colors(Json::Array{});
    for (const auto color : chart.category_colors) colors.push(color);
    out.set("category_colors", std::move(colors));
  }
  Json series(Json::Array{});
  for (const auto& one : chart.series) series.push(series_json(one));
  out.set("series", std::move(series));
  Json columns(Json::Array{});
  for (const auto& column : chart.columns) {
    Json json;
    json.set("title", column.title);
    json.set("number", column.is_number);
    columns.push(std::move(json));
  }
  out.set("columns", std::move(columns));
  Json rows(Json::Array{});
  for (const auto& row : chart.rows) rows.push(words_json(row));
  out.set("rows", std::move(rows));
  return out;
}

}  // namespace slipway::report
