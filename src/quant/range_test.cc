#include "quant/range.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::quant {
namespace {

/// A bell with one number far outside.
Histogram with_outlier() {
  Random random(7);
  std::vector<float> values(300'000);
  for (auto& x : values) {  // the sum of twelve is nearly a bell
    x = -6;
    for (int i = 0; i < 12; ++i) x += random.real(0, 1);
  }
  values[0] = 20;
  Histogram out;
  out.add(values);
  return out;
}

TEST(Range, OfAllReachesTheOutlier) {
  const auto seen = with_outlier();
  const auto range = range_of(seen, {.method = Method::minmax});
  EXPECT_EQ(range.high, 20.0F);
  EXPECT_EQ(range.low, seen.min());
}

TEST(Range, OfOtherMethodsLeavesTheOutlierOut) {
  const auto seen = with_outlier();
  for (const auto method : {Method::percentile, Method::entropy, Method::mse}) {
    const auto range = range_of(seen, {.method = method});
    EXPECT_LT(range.high, 16) << name_of(method);
    EXPECT_GT(range.high, 2.5) << name_of(method);
    EXPECT_GT(range.low, -8) << name_of(method);
    EXPECT_LT(range.low, -2.5) << name_of(method);
  }
}

TEST(Range, AlwaysIncludesZero) {
  Histogram seen;
  seen.add(std::vector{5.0F, 6.0F, 7.0F});
  for (const auto method : {Method::minmax, Method::percentile, Method::entropy, Method::mse}) {
    const auto range = range_of(seen, {.method = method});
    EXPECT_EQ(range.low, 0) << name_of(method);
    EXPECT_GT(range.high, 5) << name_of(method);
    EXPECT_LE(range.high, 7) << name_of(method);
  }
}

TEST(Range, OfLeastErrorIsTheWholeWhereAllNumbersAreAlike) {
  std::vector<float> values;
  for (int i = 0; i <= 10'000; ++i) values.push_back(static_cast<float>(i) / 10'000 * 6);
  Histogram seen;
  seen.add(values);
  EXPECT_NEAR(range_of(seen, {.method = Method::mse}).high, 6, 0.1);
}

TEST(Steps, HaveZeroAmongThem) {
  const auto steps = steps_of({-1.0F, 3.0F}, {});
  EXPECT_FLOAT_EQ(steps.scale[0], 3.0F / 191);
  EXPECT_EQ(steps.zero_point[0], 64);
  EXPECT_EQ(steps_of({0, 2.55F}, {}).zero_point[0], 0);
  EXPECT_EQ(steps_of({-2.55F, 0}, {}).zero_point[0], 255);
}

TEST(Steps, DoNotHavePixelsInTheMiddleOfTwo) {
  const auto steps = steps_of({-1.0F, 1.0F}, {});
  for (int pixel = 0; pixel < 256; ++pixel) {
    const double x = (pixel - 127.5) / 127.5 / static_cast<double>(steps.scale[0]);
    EXPECT_GT(std::abs(x - std::floor(x) - 0.5), 1e-3) << pixel;
  }
}

TEST(Steps, ReachAsFarBelowZeroAsAboveWhereAsked) {
  const auto steps = steps_of({-1.0F, 3.0F}, {.symmetric = true});
  EXPECT_EQ(steps.zero_point[0], 128);
  EXPECT_FLOAT_EQ(steps.scale[0], 3.0F / 127);
  EXPECT_EQ(steps_of({0, 3.0F}, {.symmetric = true}).zero_point[0], 0);
}

TEST(Steps, AreHalfAsManyWithSevenBits) {
  const auto steps = steps_of({-1.0F, 3.0F}, {.reduced = true});
  EXPECT_FLOAT_EQ(steps.scale[0], 3.0F / 95);
  EXPECT_EQ(steps.zero_point[0], 32);
}

TEST(Steps, AreNumbersWhereNothingWasSeen) {
  Histogram seen;
  seen.add(std::vector<float>(9, 0.0F));
  const auto steps = steps_of(range_of(seen, {}), {});
  EXPECT_EQ(steps.scale[0], 1.0F);
  EXPECT_EQ(steps.zero_point[0], 0);
  EXPECT_EQ(saturated(seen, steps, false), 0);
}

TEST(Steps, SaturateTheOutlierAlone) {
  const auto seen = with_outlier();
  const auto steps = steps_of({-6, 6}, {});
  EXPECT_NEAR(saturated(seen, steps, false), 1.0 / 300'000, 1e-9);
  EXPECT_EQ(saturated(seen, steps_of({-6, 21}, {}), false), 0);
}

TEST(Method, IsNamed) {
  EXPECT_EQ(method_from("entropy"), Method::entropy);
  EXPECT_FALSE(method_from("best"));
}

}  // namespace
}  // namespace slipway::quant
