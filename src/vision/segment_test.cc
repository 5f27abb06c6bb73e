#include "vision/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Recipe kStretch{.fit = Fit::stretch, .labels = {"background", "cat"}};

TEST(Segment, TheLargestScoreWinsAndTheLowestIndexOfEqualOnes) {
  const auto output = Tensor::of<float>({1, 1, 3, 2}, {0, 1, 5, -5, 2, 2});
  const auto mask = segment(output, kStretch, place({3, 1}, {3, 1}, kStretch));
  ASSERT_TRUE(mask.ok());
  EXPECT_THAT(mask->classes, ElementsAre(1, 0, 0));
  Recipe planar = kStretch;
  planar.layout = Layout::nchw;
  const auto other = Tensor::of<float>({1, 2, 1, 3}, {0, 5, 2, 1, -5, 2});
  EXPECT_EQ(*segment(other, planar, place({3, 1}, {3, 1}, planar)), *mask);
}

TEST(Segment, AModelMayAnswerWithClasses) {
  const auto output = Tensor::of<std::int64_t>({1, 1, 2}, {7, 0});
  const auto mask = segment(output, kStretch, place({4, 2}, {2, 1}, kStretch));
  ASSERT_TRUE(mask.ok());
  EXPECT_THAT(mask->classes, ElementsAre(7, 7, 0, 0, 7, 7, 0, 0));
}

TEST(Segment, CutOffPixelsAreUnseenAndBordersGone) {
  const auto output = Tensor::of<float>({1, 2, 2, 2}, {0, 1, 1, 0, 0, 1, 1, 0});  // cat left
  const Recipe crop{.fit = Fit::crop, .crop_ratio = 1};
  const auto cut = segment(output, crop, place({8, 4}, {4, 4}, crop));
  ASSERT_TRUE(cut.ok());
  const std::vector<int> row(cut->classes.begin(), cut->classes.begin() + 8);
  EXPECT_THAT(row, ElementsAre(-1, -1, 1, 1, 0, 0, -1, -1));
  EXPECT_EQ(shares(*cut, kStretch)[0], (Share{0, "background", 0.5}));

  const Recipe box{.fit = Fit::letterbox};
  const auto whole = segment(output, box, place({2, 4}, {4, 4}, box));
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->classes, std::vector<int>(8, 1));
}

TEST(Segment, SharesAreSorted) {
  const Mask mask{.width = 2, .height = 2, .classes = {1, 1, 1, 0}};
  EXPECT_THAT(shares(mask, kStretch),
              ElementsAre(Share{1, "cat", 0.75}, Share{0, "background", 0.25}));
}

TEST(Segment, OtherOutputsAreRefused) {
  const auto refusal = [](const Tensor& output) {
    const auto mask = segment(output, kStretch, place({3, 1}, {3, 1}, kStretch));
    return mask ? "accepted" : mask.error().message;
  };
  EXPECT_THAT(refusal(Tensor::of<float>({1, 2}, {0, 0})), HasSubstr("is no mask"));
  EXPECT_THAT(refusal(Tensor::of<float>({1, 1, 1, 1}, {0})), HasSubstr("is no mask"));
  EXPECT_THAT(refusal(Tensor::of<float>({1, 0, 0, 2}, {})), HasSubstr("is no mask"));
  EXPECT_THAT(refusal(Tensor::of<float>({1, 1, 1, 2}, {0, NAN})), HasSubstr("nan"));
  EXPECT_THAT(refusal(Tensor::of<std::int32_t>({1, 1, 1}, {-3})), HasSubstr("class -3"));
}

TEST(Segment, ColoursAreThoseOfPascalVoc) {
  EXPECT_EQ(class_color(0), (Picture::Color{0, 0, 0}));
  EXPECT_EQ(class_color(1), (Picture::Color{128, 0, 0}));
  EXPECT_EQ(class_color(8), (Picture::Color{64, 0, 0}));
  EXPECT_EQ(class_color(15), (Picture::Color{192, 128, 128}));
  EXPECT_EQ(class_color(20), (Picture::Color{0, 64, 128}));
  EXPECT_EQ(class_color(255), (Picture::Color{224, 224, 192}));
}

}  // namespace
}  // namespace slipway
