#include "quant/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::quant {
namespace {

std::vector<float> around(std::uint64_t seed, float mean, float reach, std::size_t count) {
  Random random(seed);
  std::vector<float> out(count);
  for (auto& x : out) x = random.real(mean - reach, mean + reach);
  return out;
}

std::int64_t sum(const Histogram& seen) {
  return std::accumulate(seen.counts().begin(), seen.counts().end(), std::int64_t{0});
}

TEST(Histogram, CountsTheSameInAnyOrder) {
  std::vector<std::vector<float>> pictures;
  for (std::uint64_t i = 0; i < 8; ++i)
    pictures.push_back(around(i, 0, std::ldexp(1.0F, static_cast<int>(i * 3 % 8)), 5000));
  pictures.push_back({0.0F, 0.25F, 3.0F});
  Histogram forwards;
  for (const auto& picture : pictures) forwards.add(picture);
  Histogram backwards;
  for (auto at = pictures.rbegin(); at != pictures.rend(); ++at) backwards.add(*at);
  EXPECT_EQ(forwards.width(), backwards.width());
  EXPECT_TRUE(std::ranges::equal(forwards.counts(), backwards.counts()));
  EXPECT_EQ(sum(forwards), 40'003);
  EXPECT_EQ(forwards.zeros(), 1);
}

TEST(Histogram, PutsEachNumberIntoItsBin) {
  Histogram seen;
  seen.add(std::vector{0.0F, 0.5F, 1.5F, 1.99F});
  EXPECT_EQ(seen.begin_of(0), 0);  // nothing below 0: all bins above
  EXPECT_EQ(seen.width(), 2.0 / 2048);
  EXPECT_EQ(seen.counts()[512], 1);
  EXPECT_EQ(seen.counts()[1536], 1);
  seen.add(std::vector{-0.5F, 3.0F});
  EXPECT_EQ(seen.begin_of(0), -4.0);
  EXPECT_EQ(seen.width(), 8.0 / 2048);
  EXPECT_EQ(seen.counts()[1024 - 128], 1);
  EXPECT_EQ(seen.counts()[1024 + 128], 1);
  EXPECT_EQ(sum(seen), 6);
}

TEST(Histogram, TellsTheMeanOfThePicturesEnds) {
  Histogram seen;
  seen.add(std::vector{-1.0F, 2.0F});
  seen.add(std::vector{-3.0F, 6.0F});
  EXPECT_EQ(seen.mean_min(), -2);
  EXPECT_EQ(seen.mean_max(), 4);
  EXPECT_EQ(seen.min(), -3);
  EXPECT_EQ(seen.max(), 6);
}

TEST(Histogram, CountsWhatIsNoNumberApart) {
  Histogram seen;
  seen.add(std::vector{1.0F, std::numeric_limits<float>::quiet_NaN(),
                       -std::numeric_limits<float>::infinity()});
  EXPECT_EQ(seen.not_finite(), 2);
  EXPECT_EQ(seen.count(), 1);
  EXPECT_EQ(seen.max(), 1.0F);
}

TEST(Histogram, TakesTheLargestAndTheSmallestNumbers) {
  Histogram seen;
  seen.add(std::vector{std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min(),
                       std::numeric_limits<float>::lowest(), -0.0F});
  EXPECT_EQ(sum(seen), 4);
}

TEST(Histogram, OfTwoPartsIsThatOfTheWhole) {
  const auto a = around(1, 0, 1, 1000);
  const auto b = around(2, 5, 9, 1000);
  Histogram first;
  first.add(a);
  Histogram second;
  second.add(b);
  first.merge(second);
  Histogram whole;
  whole.add(a);
  whole.add(b);
  EXPECT_TRUE(first == whole);
}

TEST(Histogram, ReadsBackAsItWas) {
  Histogram seen;
  seen.add(around(3, 0.1F, 0.7F, 999));
  const auto json = parse_json(seen.to_json().text(0));
  ASSERT_TRUE(json);
  const auto again = Histogram::from_json(*json);
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == seen);
  EXPECT_FALSE(Histogram::from_json(Json(Json::Object{})));
}

}  // namespace
}  // namespace slipway::quant
