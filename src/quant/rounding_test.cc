#include "quant/rounding.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::quant {
namespace {

/// Rows whose numbers go up and down together (`together` 1) or each by itself (0).
Rows rows(std::size_t width, std::size_t count, float together, std::uint64_t seed) {
  Random random(seed);
  Rows out{width, {}};
  for (std::size_t n = 0; n < count; ++n) {
    const float common = random.real(0, 255);
    for (std::size_t k = 0; k < width; ++k) {
      const float own = random.real(0, 255);
      out.values.push_back(static_cast<std::int16_t>(together * common + (1 - together) * own));
    }
  }
  return out;
}

std::vector<float> steps(std::size_t width, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> out;
  for (std::size_t k = 0; k < width; ++k) out.push_back(random.real(-20, 20));
  return out;
}

std::vector<std::int8_t> nearest(const std::vector<float>& steps) {
  std::vector<std::int8_t> out;
  for (const float step : steps) out.push_back(static_cast<std::int8_t>(std::nearbyint(step)));
  return out;
}

TEST(Rounding, TogetherIsBetterWhereInputsVaryTogether) {
  const auto w = steps(64, 1);
  const auto rounded = round_together(w, Covariance(rows(64, 500, 0.8F, 2)));
  const auto other = rows(64, 500, 0.8F, 3);
  EXPECT_LT(rounding_error(w, rounded, other), rounding_error(w, nearest(w), other) / 4);
  for (std::size_t k = 0; k < w.size(); ++k)
    EXPECT_LT(std::abs(static_cast<float>(rounded[k]) - w[k]), 1) << "weight " << k;
}

TEST(Rounding, IsToTheNearestWhereInputsVaryAlone) {
  Rows alone{8, {}};  // one number at a time
  for (int n = 0; n < 800; ++n) {
    for (int k = 0; k < 8; ++k)
      alone.values.push_back(static_cast<std::int16_t>(n % 8 != k ? 0 : n / 8 % 2 == 0 ? 99 : -99));
  }
  const auto w = steps(8, 4);
  EXPECT_EQ(round_together(w, Covariance(alone)), nearest(w));
}

TEST(Rounding, LeavesWholeNumbersAndStaysWithinAByte) {
  const std::vector<float> w = {-127.4F, 127.4F, 3, -128, 0.5F, 2.5F};
  const auto rounded = round_together(w, Covariance(rows(w.size(), 100, 1, 5)));
  for (const auto number : rounded) EXPECT_GE(number, -127);
  EXPECT_EQ(rounded[2], 3);
}

TEST(Rounding, OfInputsThatNeverChangeIsToTheNearest) {
  Rows still{3, std::vector<std::int16_t>(300, 7)};
  const auto w = steps(3, 6);
  EXPECT_EQ(round_together(w, Covariance(still)), nearest(w));
  EXPECT_EQ(rounding_error(w, nearest(w), still), 0);
}

TEST(Covariance, IsThatOfTheRows) {
  const Rows two{2, {0, 10, 4, 10, 0, 30, 4, 30}};
  const Covariance covariance(two);
  const double ridge = 0.01 * (4 + 100) / 2;
  EXPECT_NEAR(covariance.row(0)[0], 4 + ridge, 1e-4);
  EXPECT_NEAR(covariance.row(1)[1], 100 + ridge, 1e-4);
  EXPECT_NEAR(covariance.row(0)[1], 0, 1e-4);
}

}  // namespace
}  // namespace slipway::quant
