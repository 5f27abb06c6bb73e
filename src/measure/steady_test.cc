#include "measure/steady.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::measure {
namespace {

using Is = Steadiness::Is;

double unit(Random& random) { return (static_cast<double>(random.next() >> 11U) + 1) * 0x1p-53; }

double normal(Random& random) {
  return std::sqrt(-2 * std::log(unit(random))) * std::cos(2 * std::numbers::pi * unit(random));
}

/// `count` samples of a millisecond times what `level` says of their place, 0 to 1, and some noise.
template <class Level>
Steadiness steadiness(Random& random, int count, Level level, double noise = 0.05) {
  Course course;
  for (int i = 0; i < count; ++i)
    course.add(
        std::llround(1e6 * level(static_cast<double>(i) / count) * (1 + noise * normal(random))));
  return steadiness_of(course.medians());
}

TEST(Course, KeepsMediansOfWindowsInOrder) {
  Course course;
  for (std::int64_t i = 0; i < 16 * 32; ++i) course.add(i);
  auto medians = course.medians();
  ASSERT_EQ(medians.size(), 32U);
  EXPECT_EQ(medians[0], 7.5);
  EXPECT_EQ(medians[31], 31 * 16 + 7.5);
  course.add(512);  // two become one; the new window has too little to say something
  medians = course.medians();
  ASSERT_EQ(medians.size(), 16U);
  EXPECT_EQ(medians[15], 15 * 32 + 15.5);
}

TEST(Course, StaysSmallHoweverManyThereAre) {
  Course course;
  constexpr std::int64_t kCount = 1'000'000;
  for (std::int64_t i = 0; i < kCount; ++i) course.add(i);
  const auto medians = course.medians();
  ASSERT_GE(medians.size(), 16U);
  ASSERT_LE(medians.size(), 32U);
  const double length = std::exp2(15);  // 31 windows of 32,768
  for (std::size_t i = 0; i + 1 < medians.size(); ++i)
    EXPECT_NEAR(medians[i], length * (static_cast<double>(i) + 0.5), length / 32) << i;
}

TEST(Steady, NothingIsSaidOfFew) {
  Random random(1);
  EXPECT_EQ(steadiness(random, 100, [](double) { return 1.0; }).is, Is::unknown);
  EXPECT_EQ(steadiness_of({}).is, Is::unknown);
}

TEST(Steady, SteadyOnesAreSeldomCalledOtherwise) {
  constexpr int kRuns = 2000;
  Random random(2);
  int otherwise = 0;
  for (int run = 0; run < kRuns; ++run)
    otherwise += steadiness(random, 1000, [](double) { return 1.0; }).is != Is::steady;
  EXPECT_LE(otherwise, kRuns / 100);
}

TEST(Steady, DriftsAreFoundAndTold) {
  constexpr int kRuns = 500;
  Random random(3);
  int found = 0;
  double sum = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto is = steadiness(random, 1000, [](double at) { return 1 - 0.1 * at; });
    found += is.is == Is::drifts;
    sum += is.drift;
  }
  EXPECT_GE(found, kRuns * 99 / 100);
  EXPECT_NEAR(sum / kRuns, -0.1 / 0.95, 0.01);
}

// One per cent is a clear trend of many samples, and does not matter.
TEST(Steady, ATrendMustMatter) {
  Random random(4);
  const auto is = steadiness(
      random, 200'000, [](double at) { return 1 + 0.01 * at; }, 0.01);
  EXPECT_LT(is.chance, 0.001);
  EXPECT_EQ(is.is, Is::steady);
}

TEST(Steady, AStepNearTheEndIsUneven) {
  Random random(5);
  const auto is = steadiness(random, 2000, [](double at) { return at < 0.8 ? 1.0 : 1.3; });
  EXPECT_EQ(is.is, Is::uneven);
  EXPECT_NEAR(is.spread, 1.3, 0.05);
}

TEST(Steady, EqualSamplesAreSteady) {
  Course course;
  for (int i = 0; i < 5000; ++i) course.add(3000);
  const auto is = steadiness_of(course.medians());
  EXPECT_EQ(is.is, Is::steady);
  EXPECT_EQ(is.drift, 0);
  EXPECT_EQ(is.chance, 1);
}

}  // namespace
}  // namespace slipway::measure
