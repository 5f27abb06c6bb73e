#include "measure/confusion.h"

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

TEST(Confusion, ByHand) {
  Confusion confusion(4);  // nothing is of class 3
  confusion.add(std::vector{0, 0, 0, 1, 1, 2}, std::vector{0, 0, 1, 1, 2, 2});
  EXPECT_EQ(confusion.at(0, 0), 2);
  EXPECT_EQ(confusion.at(0, 1), 1);
  EXPECT_EQ(confusion.at(1, 2), 1);
  EXPECT_EQ(confusion.total(), 6);
  EXPECT_DOUBLE_EQ(*confusion.iou(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*confusion.iou(1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*confusion.iou(2), 1.0 / 2);
  EXPECT_FALSE(confusion.iou(3).has_value());
  EXPECT_FALSE(confusion.f1(3).has_value());
  EXPECT_DOUBLE_EQ(confusion.mean_iou(), 0.5);
  EXPECT_DOUBLE_EQ(confusion.weighted_f1(), (3 * 0.8 + 2 * 0.5 + 1 * 2.0 / 3) / 6);
  EXPECT_DOUBLE_EQ(confusion.right(), 4.0 / 6);
}

TEST(Confusion, WhatIsIgnoredDoesNotCount) {
  Confusion confusion(2);
  confusion.add(std::vector{0, -1, 1, 1}, std::vector{0, 1, -1, 1});
  EXPECT_EQ(confusion.total(), 2);
  EXPECT_DOUBLE_EQ(confusion.mean_iou(), 1);
}

// The mean over pictures would be another number: one of both has a class that the other lacks.
TEST(Confusion, IsOneMatrixForAllPictures) {
  Confusion both(2);
  both.add(std::vector{0, 0, 0, 0}, std::vector{0, 0, 0, 1});
  Confusion second(2);
  second.add(std::vector{0, 1}, std::vector{0, 1});
  both.add(second);
  EXPECT_DOUBLE_EQ(both.mean_iou(), (4.0 / 5 + 1.0 / 2) / 2);
}

}  // namespace
}  // namespace slipway::measure
