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

TEST(Trials, TellWhatFewPicturesDoNotShow) {
  // Nobody is lost: each picture is far from being answered otherwise where bytes change it.
  Drop drop;
  Trials trials(drop);
  for (int i = 0; i < 10; ++i) {
    const bool is_sure = i % 2 == 0;
    const std::vector<float> floats = {is_sure ? 9.0F : 1.0F, 0};
    const std::vector<float> bytes = {is_sure ? 7.0F : 1.0F, 0};
    trials.add(floats, bytes, 0);
  }
  EXPECT_EQ(drop.pictures(), 10);
  EXPECT_EQ(drop.points(), 0);
  EXPECT_EQ(drop.expected_points(), 25) << "half of them, with the changes of the other half";
  EXPECT_FALSE(drop.is_within(24));
  EXPECT_TRUE(drop.is_within(25));
}

TEST(Trials, HalfAPictureMayBeExpected) {
  Drop drop;
  for (int i = 0; i < 10; ++i) drop.add(0, 0, 0);  // one is 10 points
  for (int i = 0; i < 100; ++i) drop.add_trial(0, i < 5 ? 1 : 0, 0);
  EXPECT_TRUE(drop.is_within(0));
  drop.add_trial(0, 1, 0);
  EXPECT_FALSE(drop.is_within(0));
}

TEST(Trials, GoFarEnoughBackButNotForEver) {
  Drop many;
  Trials trials(many);
  const std::vector<float> same = {1, 0};
  for (int i = 0; i < 200; ++i) trials.add(same, same, std::nullopt);
  EXPECT_EQ(many.expected_points(), 0);
  EXPECT_TRUE(many.is_within(0));
  EXPECT_EQ(*many.to_json().find("trials")->integer(), 200 + 2 * (63 * 64 / 2 + 136 * 64));
}

}  // namespace
}  // namespace slipway::quant
