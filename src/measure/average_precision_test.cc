#include "measure/average_precision.h"

#include <vector>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

TrueBox thing(std::int64_t image, double left, double size) {
  return {.image = image,
          .category = 1,
          .left = left,
          .top = 0,
          .width = size,
          .height = size,
          .area = size * size};
}

FoundBox guess(std::int64_t image, double left, double size, double score) {
  return {.image = image,
          .category = 1,
          .left = left,
          .top = 0,
          .width = size,
          .height = size,
          .score = score};
}

TEST(AveragePrecision, IsOneWhereAllIsRight) {
  const std::vector truth = {thing(1, 0, 40), thing(2, 10, 40)};
  const std::vector found = {guess(1, 0, 40, 0.9), guess(2, 10, 40, 0.8)};
  const auto is = average_precision(truth, found);
  EXPECT_NEAR(*is.ap, 1, 1e-12);
  EXPECT_NEAR(*is.ap_medium, 1, 1e-12);
  EXPECT_FALSE(is.ap_small.has_value());
  EXPECT_FALSE(is.ar_large.has_value());
  EXPECT_NEAR(*is.ar1, 1, 1e-12);
}

TEST(AveragePrecision, IsNothingWhereThereIsNothingToFind) {
  const std::vector found = {guess(1, 0, 40, 0.9)};
  EXPECT_FALSE(average_precision({}, found).ap.has_value());
}

TEST(AveragePrecision, IsNullWhereNothingIsFound) {
  const std::vector truth = {thing(1, 0, 40)};
  const auto is = average_precision(truth, {});
  EXPECT_EQ(is.ap, 0.0);
  EXPECT_EQ(is.ar100, 0.0);
}

// Two things, of which one is found behind a wrong box: precision 1/2 up to a recall of 1/2, which
// are 51 of 101 points.
TEST(AveragePrecision, CountsAWrongBoxInFront) {
  const std::vector truth = {thing(1, 0, 40), thing(1, 100, 40)};
  const std::vector found = {guess(1, 300, 40, 0.9), guess(1, 0, 40, 0.8)};
  EXPECT_NEAR(*average_precision(truth, found).ap50, 0.5 * 51 / 101, 1e-12);
}

// 40 x 40 moved by 10: 30 x 40 of 50 x 40 are shared, an overlap of 0.6.
TEST(AveragePrecision, TakesOverlapsFromAHalfOn) {
  const std::vector truth = {thing(1, 0, 40)};
  const std::vector found = {guess(1, 10, 40, 0.9)};
  const auto is = average_precision(truth, found);
  EXPECT_NEAR(*is.ap50, 1, 1e-12);
  EXPECT_EQ(is.ap75, 0.0);
  EXPECT_NEAR(*is.ap, 0.3, 1e-12);
}

TEST(AveragePrecision, WhatLiesInACrowdIsNeitherRightNorWrong) {
  auto crowd = thing(1, 100, 200);
  crowd.crowd = true;
  const std::vector truth = {thing(1, 0, 40), crowd};
  const std::vector found = {guess(1, 120, 40, 0.9), guess(1, 200, 40, 0.85), guess(1, 0, 40, 0.8)};
  EXPECT_NEAR(*average_precision(truth, found).ap, 1, 1e-12);
}

TEST(AveragePrecision, OneThingIsFoundOnce) {
  const std::vector truth = {thing(1, 0, 40), thing(1, 100, 40)};
  const std::vector found = {guess(1, 0, 40, 0.9), guess(1, 0, 40, 0.8), guess(1, 100, 40, 0.7)};
  EXPECT_NEAR(*average_precision(truth, found).ap50, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

}  // namespace
}  // namespace slipway::measure
