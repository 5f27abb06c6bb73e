#include "quant/drop.h"

#include <gtest/gtest.h>

namespace slipway::quant {
namespace {

TEST(Drop, WhatIsWonMakesUpForNothing) {
  Drop drop;
  drop.add(1, 1, 1);
  drop.add(2, 3, 2);  // lost
  drop.add(2, 4, 4);  // won
  drop.add(5, 6, 7);  // wrong twice
  EXPECT_EQ(drop.known(), 4);
  EXPECT_EQ(drop.floats_right(), 2);
  EXPECT_EQ(drop.lost(), 1);
  EXPECT_EQ(drop.won(), 1);
  EXPECT_EQ(drop.agree(), 1);
  EXPECT_EQ(drop.points(), 25);
}

TEST(Drop, WithoutClassesEachOtherAnswerIsLost) {
  Drop drop;
  for (int i = 0; i < 8; ++i) drop.add(i, i < 6 ? i : 0, std::nullopt);
  EXPECT_EQ(drop.points(), 25);
  EXPECT_EQ(drop.grain(), 12.5);
}

TEST(Drop, PicturesWithoutAClassDoNotCountWhereOthersHaveOne) {
  Drop drop;
  drop.add(1, 1, 1);
  drop.add(1, 2, std::nullopt);
  EXPECT_EQ(drop.points(), 0);
  EXPECT_EQ(drop.grain(), 100);
}

TEST(Drop, OfNoPictureIsNone) { EXPECT_EQ(Drop().points(), 0); }

TEST(Drop, ReadsBackAsItWas) {
  Drop drop;
  drop.add(1, 2, 1);
  drop.add(3, 3, std::nullopt);
  const auto again = Drop::from_json(drop.to_json());
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == drop);
  EXPECT_FALSE(Drop::from_json(Json()));
}

}  // namespace
}  // namespace slipway::quant
