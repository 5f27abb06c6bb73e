#include "measure/accuracy.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

TEST(Ranks, CountWhatStandsInFront) {
  const std::vector<float> scores = {0.1F, 0.5F, 0.3F, 0.5F};
  EXPECT_EQ(rank_of(scores, 1), 0U);
  EXPECT_EQ(rank_of(scores, 3), 1U);  // as good as class 1, which comes first
  EXPECT_EQ(rank_of(scores, 2), 2U);
  EXPECT_EQ(rank_of(scores, 0), 3U);
}

TEST(Ranks, AreNoneWhereAScoreIsNoNumber) {
  const std::vector<float> scores = {0.1F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_FALSE(rank_of(scores, 0).has_value());
}

TEST(Right, IsInPercent) {
  Right right;
  for (const std::size_t rank : {0U, 0U, 3U, 4U, 5U, 900U, 0U, 1U}) right.add(rank);
  EXPECT_EQ(right.pictures, 8);
  EXPECT_DOUBLE_EQ(right.top1(), 37.5);
  EXPECT_DOUBLE_EQ(right.top5(), 75.0);
}

}  // namespace
}  // namespace slipway::measure
