#include "quant/quality.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace slipway::quant {
namespace {

TEST(Quality, IsTheRangeOverTheError) {
  Quality quality;
  quality.add(std::vector{0.0F, 1.0F, 10.0F}, std::vector{0.1F, 1.0F, 10.0F});
  EXPECT_NEAR(quality.psnr_db(), 10 * std::log10(100.0 / (0.01 / 3)), 1e-4);
  EXPECT_NEAR(quality.sqnr_db(), 10 * std::log10(101.0 / 0.01), 1e-4);
  EXPECT_NEAR(quality.largest_error(), 0.1, 1e-6);
}

TEST(Quality, KnowsTheWorstPictureAndTheClasses) {
  Quality quality;
  quality.add(std::vector{0.0F, 1.0F}, std::vector{0.0F, 0.9F});
  quality.add(std::vector{0.0F, 1.0F}, std::vector{1.0F, 0.0F});
  quality.add(std::vector{1.0F, 0.0F}, std::vector{1.0F, 0.0F});
  EXPECT_EQ(quality.worst_picture(), 1);
  EXPECT_EQ(quality.agree(), 2);
  EXPECT_EQ(quality.pictures(), 3);
}

TEST(Quality, OfEqualNumbersIsAHundred) {
  Quality quality;
  quality.add(std::vector{2.0F, 3.0F}, std::vector{2.0F, 3.0F});
  EXPECT_EQ(quality.psnr_db(), 100);
  EXPECT_EQ(quality.sqnr_db(), 100);
}

TEST(Quality, HasWords) {
  EXPECT_EQ(verdict(19.9), "poor");
  EXPECT_EQ(verdict(20), "acceptable");
  EXPECT_EQ(verdict(25), "good");
  EXPECT_EQ(verdict(30), "good");
  EXPECT_EQ(verdict(30.1), "very good");
}

TEST(Quality, ReadsBackAsItWas) {
  Quality quality;
  quality.add(std::vector{0.3F, 0.7F}, std::vector{0.1F, 0.9F});
  const auto json = parse_json(quality.to_json().text(0));
  ASSERT_TRUE(json);
  const auto again = Quality::from_json(*json);
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == quality);
}

}  // namespace
}  // namespace slipway::quant
