#include "vision/draw/sign_list.h"

#include "vision/draw/glyph.h"

namespace slipway::draw {
namespace {

/// A polygon with rounded corners, grown by `round` on every side.
void add_rounded(Drawing& drawing, const Polygon& polygon, int round, Color color) {
  drawing.emplace_back(polygon, color);
  drawing.emplace_back(outline(polygon, round), color);
}

Drawing red_ring(const Palette& p) {
  Drawing d;
  d.emplace_back(Disc{{0, 0}, 1060}, p.white);
  d.emplace_back(Disc{{0, 0}, 1024}, p.red);
  d.emplace_back(Disc{{0, 0}, 790}, p.white);
  return d;
}

Drawing blue_disc(const Palette& p) {
  Drawing d;
  d.emplace_back(Disc{{0, 0}, 1060}, p.white);
  d.emplace_back(Disc{{0, 0}, 1000}, p.blue);
  return d;
}

Drawing blue_square(const Palette& p) {
  Drawing d;
  add_rounded(d, rectangle(-780, -780, 780, 780), 130, p.white);
  add_rounded(d, rectangle(-770, -770, 770, 770), 70, p.blue);
  return d;
}

Drawing red_triangle(const Palette& p, int turn) {
  Drawing d;
  add_rounded(d, regular(3, 1050, turn), 120, p.white);
  add_rounded(d, regular(3, 1050, turn), 80, p.red);
  add_rounded(d, regular(3, 610, turn), 20, p.white);
  return d;
}

Drawing stop(const Palette& p) {
  Drawing d;
  d.emplace_back(regular(8, 1120, 225), p.white);
  d.emplace_back(regular(8, 1030, 225), p.red);
  add_text(d, "STOP", {{0, 0}, 720, 415, 62}, p.white);
  return d;
}

Drawing yield(const Palette& p) { return red_triangle(p, 900); }

Drawing no_entry(const Palette& p) {
  Drawing d;
  d.emplace_back(Disc{{0, 0}, 1060}, p.white);
  d.emplace_back(Disc{{0, 0}, 1010}, p.red);
  d.emplace_back(rectangle(-720, -180, 720, 180), p.white);
  return d;
}

Drawing speed_limit(const Palette& p, std::string_view number) {
  Drawing d = red_ring(p);
  add_text(d, number, {{0, 0}, 900, 590, 92}, p.black);
  return d;
}

Drawing speed_limit_30(const Palette& p) { return speed_limit(p, "30"); }

Drawing speed_limit_50(const Palette& p) { return speed_limit(p, "50"); }

Drawing speed_limit_80(const Palette& p) { return speed_limit(p, "80"); }

Drawing end_of_limits(const Palette& p) {
  Drawing d;
  d.emplace_back(Disc{{0, 0}, 1060}, p.black);
  d.emplace_back(Disc{{0, 0}, 1010}, p.white);
  for (int i = -2; i <= 2; ++i) {
    const int off = 105 * i;
    const int reach = i == 0 ? 680 : i * i == 1 ? 670 : 640;
    d.emplace_back(Stroke{{{reach + off, -reach + off}, {-reach + off, reach + off}}, 38}, p.black);
  }
  return d;
}

void add_car(Drawing& drawing, Point at, Color body, Color glass) {
  const auto place = [at](Polygon polygon) { return Polygon{moved(polygon.points, at)}; };
  drawing.emplace_back(place({{{-180, -230}, {180, -230}, {260, 10}, {-260, 10}}}), body);
  drawing.emplace_back(place({{{-140, -180}, {140, -180}, {190, -20}, {-190, -20}}}), glass);
  drawing.emplace_back(place(rectangle(-300, 0, 300, 210)), body);
  drawing.emplace_back(place(rectangle(-280, 200, -160, 320)), body);
  drawing.emplace_back(place(rectangle(160, 200, 280, 320)), body);
}

Drawing no_overtaking(const Palette& p) {
  Drawing d = red_ring(p);
  add_car(d, {-345, 0}, p.red, p.white);
  add_car(d, {345, 0}, p.black, p.white);
  return d;
}

Drawing priority_road(const Palette& p) {
  Drawing d;
  add_rounded(d, regular(4, 1060, 0), 75, p.black);
  add_rounded(d, regular(4, 1060, 0), 55, p.white);
  add_rounded(d, regular(4, 720, 0), 40, p.yellow);
  return d;
}

Drawing crossing(const Palette& p) {
  Drawing d = blue_square(p);
  d.emplace_back(Polygon{{{0, -760}, {760, 660}, {-760, 660}}}, p.white);
  d.emplace_back(Disc{{30, -350}, 95}, p.black);
  d.emplace_back(Stroke{{{10, -190}, {-10, 130}}, 75}, p.black);               // body
  d.emplace_back(Stroke{{{-10, 130}, {150, 330}, {190, 560}}, 52}, p.black);   // leg in front
  d.emplace_back(Stroke{{{-10, 130}, {-60, 350}, {-230, 560}}, 52}, p.black);  // leg behind
  d.emplace_back(Stroke{{{20, -190}, {180, -20}, {250, 60}}, 40}, p.black);
  d.emplace_back(Stroke{{{0, -190}, {-170, -30}, {-190, 110}}, 40}, p.black);
  return d;
}

Drawing danger(const Palette& p) {
  Drawing d = red_triangle(p, 2700);
  d.emplace_back(Polygon{{{-95, -370}, {95, -370}, {50, 90}, {-50, 90}}}, p.black);
  d.emplace_back(Disc{{0, 200}, 80}, p.black);
  return d;
}

Drawing roundabout(const Palette& p) {
  Drawing d = blue_disc(p);
  const Polygon head{{{760, -30}, {300, -30}, {530, 330}}};
  for (int i = 0; i < 3; ++i) {
    const int turn = 1200 * i - 300;
    const Stroke shaft{points_of({{0, 0}, 530, 530, -760, -20}), 85};
    d.emplace_back(Stroke{turned(shaft.points, turn), shaft.half_width}, p.white);
    d.emplace_back(Polygon{turned(head.points, turn)}, p.white);
  }
  return d;
}

Drawing arrow(const Palette& p, int turn) {
  Drawing d = blue_disc(p);
  const Polygon shape{{{0, -800},
                       {520, -230},
                       {300, -150},
                       {130, -330},
                       {130, 740},
                       {-130, 740},
                       {-130, -330},
                       {-300, -150},
                       {-520, -230}}};
  d.emplace_back(Polygon{turned(shape.points, turn)}, p.white);
  return d;
}

Drawing turn_left(const Palette& p) { return arrow(p, 2700); }

Drawing turn_right(const Palette& p) { return arrow(p, 900); }

Drawing straight_ahead(const Palette& p) { return arrow(p, 0); }

Drawing parking(const Palette& p) {
  Drawing d = blue_square(p);
  add_text(d, "P", {{20, 0}, 1300, 0, 125}, p.white);
  return d;
}

}  // namespace

std::span<const SignKind> sign_kinds() {
  static constexpr SignKind kKinds[] = {
      {"stop", stop},
      {"yield", yield},
      {"no entry", no_entry},
      {"speed limit 30", speed_limit_30},
      {"speed limit 50", speed_limit_50},
      {"speed limit 80", speed_limit_80},
      {"end of limits", end_of_limits},
      {"no overtaking", no_overtaking},
      {"priority road", priority_road},
      {"crossing", crossing},
      {"danger", danger},
      {"roundabout", roundabout},
      {"turn left", turn_left},
      {"turn right", turn_right},
      {"straight ahead", straight_ahead},
      {"parking", parking},
  };
  return kKinds;
}

}  // namespace slipway::draw
