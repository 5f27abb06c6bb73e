#include "vision/draw/shape.h"

#include <gmock/gmock.h>

#include "vision/draw/glyph.h"

namespace slipway::draw {
namespace {

TEST(Sine, HitsTheCornersExactly) {
  EXPECT_EQ(sine(0), 0);
  EXPECT_EQ(sine(900), 16384);
  EXPECT_EQ(sine(1800), 0);
  EXPECT_EQ(sine(2700), -16384);
  EXPECT_EQ(sine(-900), -16384);
  EXPECT_EQ(cosine(3600), 16384);
}

TEST(Sine, OfThirtyDegreesIsAHalf) { EXPECT_NEAR(sine(300), 8192, 33); }

TEST(Contains, ADiscWithItsEdge) {
  const Shape disc = Disc{{10, 10}, 5};
  EXPECT_TRUE(contains(disc, {13, 14}));  // exactly on it: 3, 4, 5
  EXPECT_FALSE(contains(disc, {14, 14}));
}

TEST(Contains, ARectangleHalfOpen) {
  const Shape square = rectangle(0, 0, 4, 4);
  int count = 0;
  for (int y = -1; y < 6; ++y) {
    for (int x = -1; x < 6; ++x) count += contains(square, {x, y}) ? 1 : 0;
  }
  EXPECT_EQ(count, 16);
}

// A polygon that folds back on itself: the notch of an arrow is outside.
TEST(Contains, APolygonWithANotch) {
  const Shape arrow = Polygon{{{0, 0}, {10, 10}, {0, 4}, {-10, 10}}};
  EXPECT_TRUE(contains(arrow, {0, 2}));
  EXPECT_FALSE(contains(arrow, {0, 6}));
  EXPECT_TRUE(contains(arrow, {6, 7}));
}

TEST(Contains, AStrokeWithRoundEnds) {
  const Shape stroke = Stroke{{{0, 0}, {100, 0}}, 10};
  EXPECT_TRUE(contains(stroke, {50, 10}));
  EXPECT_FALSE(contains(stroke, {50, 11}));
  EXPECT_TRUE(contains(stroke, {106, 8}));
  EXPECT_FALSE(contains(stroke, {108, 8}));
}

TEST(Bounds, HoldEveryPointOfTheShape) {
  const Shape shapes[] = {Disc{{3, 4}, 9}, regular(5, 20, 130), outline(regular(3, 20, 900), 4)};
  for (const Shape& shape : shapes) {
    const Box box = bounds(shape);
    for (int y = -40; y < 40; ++y) {
      for (int x = -40; x < 40; ++x) {
        EXPECT_TRUE(box.contains({x, y}) || !contains(shape, {x, y})) << x << ", " << y;
      }
    }
  }
}

TEST(TopLayer, IsTheLastPainted) {
  const Drawing drawing = {{Disc{{0, 0}, 10}, Color{1, 1, 1}}, {Disc{{0, 0}, 5}, Color{2, 2, 2}}};
  EXPECT_EQ(top_layer(drawing, {0, 0})->top, (Color{2, 2, 2}));
  EXPECT_EQ(top_layer(drawing, {8, 0})->top, (Color{1, 1, 1}));
  EXPECT_EQ(top_layer(drawing, {11, 0}), nullptr);
}

TEST(Turned, AQuarterIsClockwiseOnTheScreen) {
  EXPECT_THAT(turned(std::vector<Point>{{10, 0}}, 900), testing::ElementsAre(Point{0, 10}));
}

TEST(AddText, CentresTheLine) {
  Drawing drawing;
  add_text(drawing, "80", {{0, 0}, 1000, 600, 50}, Color{});
  EXPECT_NE(top_layer(drawing, {300 + 200, 0}), nullptr);  // the right edge of the zero
  EXPECT_EQ(top_layer(drawing, {300, 0}), nullptr);        // its hole
}

}  // namespace
}  // namespace slipway::draw
