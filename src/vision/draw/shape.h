#pragma once
// Flat shapes in whole numbers: what every drawn picture is made of. No floating point, so that a
// picture has the same bytes on every machine.

#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "vision/picture.h"

namespace slipway::draw {

using Color = Picture::Color;

/// y grows downwards. Coordinates stay within +-16,384, so that products of four fit 64 bits.
struct Point {
  int x = 0;
  int y = 0;

  bool operator==(const Point&) const = default;
};

/// All of x0 <= x < x1, y0 <= y < y1.
struct Box {
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;

  [[nodiscard]] bool contains(Point p) const {
    return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1;
  }

  bool operator==(const Box&) const = default;
};

struct Disc {
  Point center;
  int radius = 0;
};

/// What an odd number of edges lies around; the last point joins the first. Points on a left or
/// upper edge are inside, on a right or lower edge outside.
struct Polygon {
  std::vector<Point> points;
};

/// Everything within half_width of a line through the points: round ends, round corners.
struct Stroke {
  std::vector<Point> points;
  int half_width = 0;
};

using Shape = std::variant<Disc, Polygon, Stroke>;

[[nodiscard]] bool contains(const Shape& shape, Point p);
[[nodiscard]] Box bounds(const Shape& shape);

/// A shape with its colour, which runs from `top` to `bottom` over the shape's height, and how far
/// noise roughens it (0: not at all, 255: by as much as the whole range).
struct Layer {
  Shape shape;
  Color top = {0, 0, 0};
  Color bottom = {0, 0, 0};
  int texture = 0;
  Box box;  // bounds(shape)

  Layer(Shape s, Color color, int rough = 0) : Layer(std::move(s), color, color, rough) {}

  Layer(Shape s, Color from, Color to, int rough)
      : shape(std::move(s)), top(from), bottom(to), texture(rough), box(bounds(shape)) {}

  [[nodiscard]] Color color_at(int y) const;
};

/// Layers in the order in which they are painted.
using Drawing = std::vector<Layer>;

/// The uppermost layer at `p`, or nullptr.
[[nodiscard]] const Layer* top_layer(const Drawing& drawing, Point p);

// ---- Making shapes

/// 16,384 times the sine of an angle in tenths of a degree, off by at most 0.2 % of 16,384.
///
/// Source  Bhaskara I, Mahabhaskariya, 7th century: 4 d (180 - d) / (40500 - d (180 - d))
[[nodiscard]] int sine(int tenths);

inline int cosine(int tenths) { return sine(tenths + 900); }

/// From `a` at t = 0 to `b` at t = full.
[[nodiscard]] Color mix(Color a, Color b, int t, int full);

/// Points of an ellipse from one angle to another, in tenths of a degree: 0 is right, 900 is down.
/// The angles may fall, then the points run the other way.
struct Arc {
  Point center;
  int radius_x = 0;
  int radius_y = 0;
  int from = 0;
  int to = 3600;
};

[[nodiscard]] std::vector<Point> points_of(const Arc& arc);

[[nodiscard]] Polygon rectangle(int x0, int y0, int x1, int y1);

/// A regular polygon round the origin, its first corner at angle `turn` (tenths of a degree).
[[nodiscard]] Polygon regular(int sides, int radius, int turn);

/// The line round a polygon, closed.
[[nodiscard]] Stroke outline(const Polygon& polygon, int half_width);

[[nodiscard]] std::vector<Point> moved(std::span<const Point> points, Point by);

/// Turned round the origin, in tenths of a degree, clockwise as one sees it.
[[nodiscard]] std::vector<Point> turned(std::span<const Point> points, int tenths);

}  // namespace slipway::draw
