#include "vision/detect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using testing::HasSubstr;

const Placement kWhole = place({100, 50}, {300, 300}, {.fit = Fit::stretch});

Box box(float x1, float y1, float x2, float y2, int class_index = 0, float score = 1) {
  return {x1, y1, x2, y2, class_index, score, ""};
}

std::string refusal(const std::vector<Tensor>& outputs, BoxFormat format) {
  const auto boxes = detect(outputs, {.boxes = format}, kWhole);
  return boxes ? "accepted" : boxes.error().message;
}

/// What the formats below all describe: class 2 at 0.1 0.2 0.5 0.6 with 0.75, class 1 with 0.625.
void expect_two_boxes(const std::vector<Tensor>& outputs, BoxFormat format) {
  const Recipe recipe{.boxes = format, .label_offset = -1, .labels = {"one", "two"}};
  const auto boxes = detect(outputs, recipe, kWhole);
  ASSERT_TRUE(boxes.ok()) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 2);
  EXPECT_EQ((*boxes)[0], (Box{0.1F, 0.2F, 0.5F, 0.6F, 2, 0.75F, "two"}));
  EXPECT_EQ((*boxes)[1], (Box{0.5F, 0.5F, 1, 1, 1, 0.625F, "one"}));  // clipped at 1
}

TEST(Detect, TfliteOrder) {
  expect_two_boxes(
      {Tensor::of<float>({1, 4, 4}, {0.5F, 0.5F, 1.5F, 1.5F, 0.2F, 0.1F, 0.6F, 0.5F,  //
                                     0, 0, 1, 1, 0, 0, 1, 1}),
       Tensor::of<float>({1, 4}, {1, 2, 1, 1}),
       Tensor::of<float>({1, 4}, {0.625F, 0.75F, 0.25F, 0.9F}),
       Tensor::of<float>({1}, {3})},  // the fourth does not count
      BoxFormat::tflite_postprocess);
}

TEST(Detect, DetectionOutputRows) {
  expect_two_boxes({Tensor::of<float>({1, 1, 4, 7}, {0,  1, 0.625F, 0.5F, 0.5F, 1.5F, 1.5F,  //
                                                     0,  2, 0.75F,  0.1F, 0.2F, 0.5F, 0.6F,  //
                                                     -1, 0, 0,      0,    0,    0,    0,     //
                                                     0,  2, 0.9F,   0,    0,    1,    1})},
                   BoxFormat::detection_output);
}

TEST(Detect, CornersInEitherOrder) {
  const auto scores = Tensor::of<float>({1, 3, 3}, {0.375F, 0.625F, 0, 0.25F, 0, 0.75F,  //
                                                    0.3F, 0, 0.7F});
  const auto boxes = Tensor::of<float>(
      {1, 3, 4}, {0.5F, 0.5F, 1.5F, 1.5F, 0.1F, 0.2F, 0.5F, 0.6F, 0.11F, 0.2F, 0.5F, 0.6F});
  expect_two_boxes({scores, boxes}, BoxFormat::corners_with_scores);
  expect_two_boxes({boxes, scores}, BoxFormat::corners_with_scores);
}

TEST(Detect, CutsAndBordersAreUndone) {
  const std::vector<Tensor> outputs = {
      Tensor::of<float>({1, 1, 1, 7}, {0, 1, 1, 0, 0, 0.5F, 0.5F})};
  const auto found = [&](const Recipe& recipe) {
    Recipe with_boxes = recipe;
    with_boxes.boxes = BoxFormat::detection_output;
    const auto boxes = detect(outputs, with_boxes, place({200, 100}, {100, 100}, recipe));
    return boxes && boxes->size() == 1 ? boxes->front() : Box();
  };
  // 200 x 100 becomes 100 x 50 in a square: its lower half is border.
  const Box boxed = found({.fit = Fit::letterbox});
  EXPECT_EQ(boxed, (Box{0, 0, 0.5F, 1, 1, 1, "class 1"}));
  // The square in the middle of 200 x 100 shows x from 0.25 to 0.75.
  const Box cut = found({.fit = Fit::crop, .crop_ratio = 1});
  EXPECT_EQ(cut, (Box{0.25F, 0, 0.5F, 0.5F, 1, 1, "class 1"}));
}

TEST(Detect, NonsenseIsLeftOut) {
  const std::vector<Tensor> outputs = {
      Tensor::of<float>({1, 1, 4, 7}, {0, 1,   NAN, 0,    0, 1,    1,  //
                                       0, 1,   1,   NAN,  0, 1,    1,  //
                                       0, 1,   1,   0.5F, 0, 0.5F, 1,  //
                                       0, NAN, 1,   0,    0, 1,    1})};
  const auto boxes = detect(outputs, {.boxes = BoxFormat::detection_output}, kWhole);
  ASSERT_TRUE(boxes.ok());
  EXPECT_TRUE(boxes->empty());
}

TEST(Detect, OutputsOfAnotherShapeAreRefused) {
  const auto one = Tensor::of<float>({1, 4}, {0, 0, 0, 0});
  EXPECT_THAT(refusal({one}, BoxFormat::tflite_postprocess), HasSubstr("outputs [1,4] where"));
  EXPECT_THAT(refusal({one, one, one, one}, BoxFormat::tflite_postprocess), HasSubstr("count"));
  EXPECT_THAT(refusal({one}, BoxFormat::detection_output), HasSubstr("[1,1,N,7]"));
  EXPECT_THAT(refusal({one, Tensor::of<float>({}, {0})}, BoxFormat::corners_with_scores),
              HasSubstr("scores [1,N,classes]"));
  EXPECT_THAT(refusal({}, BoxFormat::corners_with_scores), HasSubstr("scores"));
}

TEST(Iou, IsTheSharedPartOfTheCoveredArea) {
  EXPECT_FLOAT_EQ(iou(box(0, 0, 1, 1), box(0, 0, 1, 1)), 1);
  EXPECT_FLOAT_EQ(iou(box(0, 0, 1, 1), box(0.5F, 0, 1.5F, 1)), 1.0F / 3);
  EXPECT_EQ(iou(box(0, 0, 0.5F, 1), box(0.5F, 0, 1, 1)), 0);
  EXPECT_EQ(iou(box(0, 0, 0, 0), box(0, 0, 0, 0)), 0);
}

TEST(Suppress, TheStrongerOfAClassStays) {
  const auto kept = suppress({box(0, 0, 1, 0.9F, 1, 0.6F), box(0, 0, 1, 1, 1, 0.9F),
                              box(0, 0, 1, 1, 2, 0.5F), box(0, 0, 0.4F, 1, 1, 0.8F)},
                             0.5F);
  ASSERT_EQ(kept.size(), 3);
  EXPECT_EQ(kept[0].score, 0.9F);
  EXPECT_EQ(kept[1].score, 0.8F);
  EXPECT_EQ(kept[2].class_index, 2);
}

// a hides b; c overlaps only b, which did not stay.
TEST(Suppress, WhatIsDroppedDropsNothing) {
  const auto kept = suppress(
      {box(0, 0, 1, 1, 0, 0.9F), box(0, 0.3F, 1, 1.3F, 0, 0.8F), box(0, 0.6F, 1, 1.6F, 0, 0.7F)},
      0.5F);
  ASSERT_EQ(kept.size(), 2);
  EXPECT_EQ(kept[1].score, 0.7F);
}

}  // namespace
}  // namespace slipway
