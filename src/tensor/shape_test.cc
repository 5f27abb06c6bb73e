#include "tensor/shape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace slipway {
namespace {

constexpr std::int64_t kUnknown = Shape::kUnknown;

Result<Shape> made(const std::vector<std::int64_t>& dims) { return Shape::make(dims); }

std::string broadcast_text(const Shape& a, const Shape& b) {
  const auto both = broadcast(a, b);
  EXPECT_EQ(both.ok(), broadcast(b, a).ok());
  return both ? both->text() : both.error().message;
}

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(Shape().elements(), 1);
  EXPECT_EQ(Shape({2, 3, 4}).elements(), 24);
  EXPECT_EQ(Shape({2, 0, 4}).elements(), 0);
  EXPECT_EQ(Shape({2, 3, 4}).back(0), 4);
  EXPECT_EQ(Shape({1, kUnknown, 4}).text(), "[1,?,4]");
  EXPECT_EQ(Shape().text(), "[]");
  EXPECT_FALSE(Shape({kUnknown}).is_known());
}

TEST(Shape, RefusesDimensionsFromOutsideThatCannotBe) {
  EXPECT_EQ(made({1, -2}).error().message, "dimension -2 is negative");
  EXPECT_FALSE(made({INT64_MIN}));
  EXPECT_TRUE(made(std::vector<std::int64_t>(Shape::kMaxRank, 1)));
  EXPECT_FALSE(made(std::vector<std::int64_t>(Shape::kMaxRank + 1, 1)));
}

TEST(Shape, RefusesTensorsTooLargeToCount) {
  EXPECT_TRUE(made({Shape::kMaxElements}));
  EXPECT_TRUE(made({1 << 20, 1 << 20}));
  EXPECT_FALSE(made({Shape::kMaxElements + 1}));
  EXPECT_FALSE(made({1 << 20, 1 << 20, 2}));
  EXPECT_FALSE(made({INT64_MAX, INT64_MAX}));
  EXPECT_FALSE(made({std::int64_t{1} << 32U, std::int64_t{1} << 32U}));
  EXPECT_FALSE(made({0, INT64_MAX, INT64_MAX})) << "its strides overflow";
  EXPECT_FALSE(made({kUnknown, INT64_MAX}));
}

RC_GTEST_PROP(Shape, WhateverIsAcceptedMultipliesWithoutOverflow,
              (const std::vector<std::int64_t>& dims)) {
  const auto shape = made(dims);
  if (!shape || !shape->is_known()) return;
  RC_ASSERT(shape->elements() >= 0);
  RC_ASSERT(shape->elements() <= Shape::kMaxElements);
  for (const auto stride : strides_of(*shape)) RC_ASSERT(stride >= 0);
}

TEST(Broadcast, AlignsAtTheEndAndStretchesOnes) {
  EXPECT_EQ(broadcast_text({2, 1, 4}, {3, 1}), "[2,3,4]");
  EXPECT_EQ(broadcast_text({}, {5}), "[5]");
  EXPECT_EQ(broadcast_text({0}, {1}), "[0]");
  EXPECT_EQ(broadcast_text({2, 3}, {3, 2}), "shapes [2,3] and [3,2] do not fit together");
  EXPECT_EQ(broadcast_text({0}, {2}), "shapes [0] and [2] do not fit together");
}

TEST(Broadcast, AnUnknownBesideANumberBecomesIt) {
  EXPECT_EQ(broadcast_text({kUnknown}, {5}), "[5]");
  EXPECT_EQ(broadcast_text({5}, {kUnknown}), "[5]");
  EXPECT_EQ(broadcast_text({kUnknown}, {1}), "[?]");
  EXPECT_EQ(broadcast_text({1}, {kUnknown}), "[?]");
  EXPECT_EQ(broadcast_text({kUnknown}, {kUnknown}), "[?]");
}

TEST(Broadcast, RefusesAResultThatIsTooLarge) {
  EXPECT_FALSE(broadcast({1 << 21, 1}, {1, 1 << 21}));
}

TEST(Strides, StepOverWhatLiesBehind) {
  EXPECT_EQ(strides_of({2, 3, 4}), (std::vector<std::int64_t>{12, 4, 1}));
  EXPECT_TRUE(strides_of({}).empty());
}

TEST(Axis, CountsFromEitherEnd) {
  EXPECT_EQ(checked_axis(-1, 4).value(), 3U);
  EXPECT_EQ(checked_axis(-4, 4).value(), 0U);
  EXPECT_EQ(checked_axis(3, 4).value(), 3U);
  EXPECT_FALSE(checked_axis(4, 4));
  EXPECT_FALSE(checked_axis(-5, 4));
  EXPECT_FALSE(checked_axis(0, 0));
}

TEST(ShapeDeathTest, AWrongShapeInOurOwnCodeIsOurBug) {
  EXPECT_DEATH(Shape({-5}), "internal: made does not hold");
}

}  // namespace
}  // namespace slipway
