#include "vision/draw/shape.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>

namespace slipway::draw {
namespace {

using Wide = std::int64_t;

Wide square(Wide x) { return x * x; }

Wide distance_squared(Point a, Point b) { return square(a.x - b.x) + square(a.y - b.y); }

bool near_segment(Point a, Point b, Point p, Wide reach_squared) {
  const Wide along_x = b.x - a.x;
  const Wide along_y = b.y - a.y;
  const Wide length_squared = square(along_x) + square(along_y);
  const Wide along = (p.x - a.x) * along_x + (p.y - a.y) * along_y;
  if (along <= 0) return distance_squared(a, p) <= reach_squared;
  if (along >= length_squared) return distance_squared(b, p) <= reach_squared;
  const Wide across = (p.x - a.x) * along_y - (p.y - a.y) * along_x;
  return square(across) <= reach_squared * length_squared;
}

bool inside(const Disc& disc, Point p) {
  return distance_squared(disc.center, p) <= square(disc.radius);
}

bool inside(const Polygon& polygon, Point p) {
  bool odd = false;
  Point a = polygon.points.back();
  for (const Point b : polygon.points) {
    if ((a.y > p.y) != (b.y > p.y)) {
      // Does the edge cross the line from p to the right? On a left edge it does: p is inside.
      const Wide side = Wide{b.x - a.x} * (p.y - a.y) - Wide{b.y - a.y} * (p.x - a.x);
      if (b.y > a.y ? side > 0 : side < 0) odd = !odd;
    }
    a = b;
  }
  return odd;
}

bool inside(const Stroke& stroke, Point p) {
  const Wide reach_squared = square(stroke.half_width);
  for (std::size_t i = 0; i + 1 < stroke.points.size(); ++i) {
    if (near_segment(stroke.points[i], stroke.points[i + 1], p, reach_squared)) return true;
  }
  return false;
}

Box around(std::span<const Point> points, int margin) {
  Box box{std::numeric_limits<int>::max(), std::numeric_limits<int>::max(),
          std::numeric_limits<int>::min(), std::numeric_limits<int>::min()};
  for (const Point p : points) {
    box.x0 = std::min(box.x0, p.x - margin);
    box.y0 = std::min(box.y0, p.y - margin);
    box.x1 = std::max(box.x1, p.x + margin + 1);
    box.y1 = std::max(box.y1, p.y + margin + 1);
  }
  return box;
}

Box box_of(const Disc& disc) { return around({&disc.center, 1}, disc.radius); }

Box box_of(const Polygon& polygon) { return around(polygon.points, 0); }

Box box_of(const Stroke& stroke) { return around(stroke.points, stroke.half_width); }

}  // namespace

bool contains(const Shape& shape, Point p) {
  return std::visit([p](const auto& s) { return inside(s, p); }, shape);
}

Box bounds(const Shape& shape) {
  return std::visit([](const auto& s) { return box_of(s); }, shape);
}

Color Layer::color_at(int y) const {
  if (top == bottom) return top;
  return mix(top, bottom, std::clamp(y, box.y0, box.y1) - box.y0, box.y1 - box.y0);
}

const Layer* top_layer(const Drawing& drawing, Point p) {
  for (std::size_t i = drawing.size(); i-- > 0;) {
    if (drawing[i].box.contains(p) && contains(drawing[i].shape, p)) return &drawing[i];
  }
  return nullptr;
}

int sine(int tenths) {
  int d = tenths % 3600;
  if (d < 0) d += 3600;
  if (d > 1800) return -sine(d - 1800);
  const Wide hump = Wide{d} * (1800 - d);
  return static_cast<int>(4 * hump * 16384 / (4050000 - hump));
}

Color mix(Color a, Color b, int t, int full) {
  Color result{};
  for (std::size_t i = 0; i < 3; ++i) {
    result[i] = static_cast<std::uint8_t>((a[i] * (full - t) + b[i] * t) / full);
  }
  return result;
}

std::vector<Point> points_of(const Arc& arc) {
  constexpr int kStep = 150;  // 15 degrees
  const int span = arc.to - arc.from;
  const int steps = std::max(1, (std::abs(span) + kStep - 1) / kStep);
  std::vector<Point> points;
  for (int i = 0; i <= steps; ++i) {
    const int angle = arc.from + span * i / steps;
    points.push_back({arc.center.x + arc.radius_x * cosine(angle) / 16384,
                      arc.center.y + arc.radius_y * sine(angle) / 16384});
  }
  return points;
}

Polygon rectangle(int x0, int y0, int x1, int y1) {
  return {{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}};
}

Polygon regular(int sides, int radius, int turn) {
  Polygon polygon;
  for (int i = 0; i < sides; ++i) {
    const int angle = turn + 3600 * i / sides;
    polygon.points.push_back({radius * cosine(angle) / 16384, radius * sine(angle) / 16384});
  }
  return polygon;
}

Stroke outline(const Polygon& polygon, int half_width) {
  Stroke stroke{polygon.points, half_width};
  stroke.points.push_back(polygon.points.front());
  return stroke;
}

std::vector<Point> moved(std::span<const Point> points, Point by) {
  std::vector<Point> result;
  for (const Point p : points) result.push_back({p.x + by.x, p.y + by.y});
  return result;
}

std::vector<Point> turned(std::span<const Point> points, int tenths) {
  std::vector<Point> result;
  const int c = cosine(tenths);
  const int s = sine(tenths);
  for (const Point p : points) {
    result.push_back({(p.x * c - p.y * s) / 16384, (p.x * s + p.y * c) / 16384});
  }
  return result;
}

}  // namespace slipway::draw
