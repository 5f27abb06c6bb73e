#include "vision/draw/glyph.h"

#include <utility>
#include <vector>

#include "base/check.h"

namespace slipway::draw {
namespace {

using Line = std::vector<Point>;

Line join(Line a, const Line& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The lines of a glyph in a cell 1000 high round the origin.
std::vector<Line> lines_of(char glyph) {
  switch (glyph) {
    case '0':
    case 'O':
      return {points_of({{0, 0}, 200, 415, 0, 3600})};
    case '3':
      return {join(points_of({{-10, -212}, 180, 203, 2050, 4500}),
                   points_of({{-10, 205}, 205, 210, 2700, 5150}))};
    case '5':
      return {join({{180, -415}, {-150, -415}, {-175, -20}},
                   points_of({{-5, 148}, 205, 267, 2180, 5100}))};
    case '8':
      return {points_of({{0, -212}, 170, 203, 0, 3600}), points_of({{0, 205}, 205, 210, 0, 3600})};
    case 'S':
      return {join(points_of({{0, -210}, 185, 205, 3350, 900}),
                   points_of({{0, 205}, 190, 210, 2700, 5150}))};
    case 'T':
      return {{{-205, -415}, {205, -415}}, {{0, -415}, {0, 415}}};
    case 'P':
      return {join(join({{-165, 415}, {-165, -415}}, points_of({{25, -190}, 180, 225, 2700, 4500})),
                   {{-165, 35}})};
    default:
      SLIPWAY_CHECK(glyph == ' ');
      return {};
  }
}

}  // namespace

void add_text(Drawing& drawing, std::string_view text, Lettering lettering, Color color) {
  int x = lettering.center.x - lettering.advance * (static_cast<int>(text.size()) - 1) / 2;
  for (const char glyph : text) {
    for (Line line : lines_of(glyph)) {
      for (Point& p : line) {
        p = {x + p.x * lettering.height / 1000, lettering.center.y + p.y * lettering.height / 1000};
      }
      drawing.emplace_back(Stroke{std::move(line), lettering.half_width}, color);
    }
    x += lettering.advance;
  }
}

}  // namespace slipway::draw
