// What judges make of outputs that are known.

#include "cli/judge.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing.h"

namespace slipway::cli {
namespace {

using testing::HasSubstr;

double figure(const Judge& judge, const char* name) {
  Json document;
  judge.add_to(document);
  const auto* value = document.find(name);
  EXPECT_NE(value, nullptr) << name;
  return value != nullptr && !value->is_null() ? *value->number() : -1;
}

// ---- Classes ----------------------------------------------------------------------------------

DataSet classes_of(const std::vector<int>& classes) {
  DataSet out;
  out.folder = "data";
  for (std::size_t i = 0; i < classes.size(); ++i)
    out.pictures.push_back(fmt::format("data/a,b/{}.png", i));
  out.classes = classes;
  return out;
}

TEST(JudgeOfClasses, CountsRanksAndWritesThemDown) {
  const auto data = classes_of({1, 0, 6});
  const auto judge = judge_of_classes(data);
  const std::vector scores = {0.5F, 0.75F, 0.4F, 0.3F, 0.2F, 0.1F, 0.0F};
  const std::vector outputs = {Tensor::of<float>({1, 7}, scores)};
  for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(judge->see({i, {}, {}}, outputs).ok());
  EXPECT_NEAR(figure(*judge, "top1"), 100.0 / 3, 1e-9);
  EXPECT_NEAR(figure(*judge, "top5"), 200.0 / 3, 1e-9);
  EXPECT_EQ(judge->so_far(), "top-1 33.3 %, top-5 66.7 %");
  EXPECT_EQ(judge->predictions(),
            "file,label,pred,score\n"
            "\"a,b/0.png\",1,1,0.75\n\"a,b/1.png\",0,1,0.75\n\"a,b/2.png\",6,1,0.75\n");
}

TEST(JudgeOfClasses, RefusesWhatIsNoScore) {
  const auto data = classes_of({3});
  const auto judge = judge_of_classes(data);
  const std::vector few = {Tensor::of<float>({1, 2}, {0, 1})};
  EXPECT_FALSE(judge->see({0, {}, {}}, few).ok());
  const std::vector nan = {Tensor::of<float>({1, 4}, {0, 1, 2, std::nanf("")})};
  EXPECT_FALSE(judge->see({0, {}, {}}, nan).ok());
}

// ---- Boxes ------------------------------------------------------------------------------------

/// One picture of 100 x 50 with a dog in its left half.
DataSet dog_of(std::int64_t category) {
  DataSet out;
  out.source = "dogs.json";
  out.pictures = {"data/0.png"};
  out.images = {77};
  out.boxes = {{{.image = 77,
                 .category = category,
                 .left = 0,
                 .top = 0,
                 .width = 50,
                 .height = 50,
                 .area = 2500}}};
  return out;
}

Looked whole(int width, int height) {
  const Size size{width, height};
  return {.picture = 0, .placement = {.picture = size, .input = size, .resized = size}, .mask = {}};
}

/// What a detector of TensorFlow Lite says about the left half.
std::vector<Tensor> left_half(float class_index) {
  return {Tensor::of<float>({1, 1, 4}, {0, 0, 1, 0.5F}), Tensor::of<float>({1, 1}, {class_index}),
          Tensor::of<float>({1, 1}, {0.5F}), Tensor::of<float>({1}, {1})};
}

TEST(JudgeOfBoxes, CategoriesAreLabels) {
  auto data = dog_of(18);
  data.categories = {{17, "cat"}, {18, "dog"}};
  const Recipe recipe{.task = Task::detect, .label_offset = 1, .labels = {"???", "dog", "cat"}};
  const auto judge = judge_of_boxes(data, recipe);
  ASSERT_TRUE(judge.ok());
  ASSERT_TRUE((*judge)->see(whole(100, 50), left_half(0)).ok());
  EXPECT_NEAR(figure(**judge, "map"), 100, 1e-9);
  EXPECT_NEAR(figure(**judge, "ap_medium"), 100, 1e-9);
  EXPECT_EQ(figure(**judge, "ap_small"), -1);
  EXPECT_EQ(figure(**judge, "top1"), -1);
  EXPECT_EQ((*judge)->predictions(),
            "[{\"image_id\":77,\"category_id\":18,\"bbox\":[0.0,0.0,50.0,50.0],\"score\":0.5}]\n");
}

TEST(JudgeOfBoxes, WithoutLabelsCategoriesAreNumbers) {
  auto data = dog_of(18);
  data.categories = {{18, "dog"}};
  const Recipe recipe{.task = Task::detect, .label_offset = 1};
  const auto judge = judge_of_boxes(data, recipe);
  ASSERT_TRUE(judge.ok());
  ASSERT_TRUE((*judge)->see(whole(100, 50), left_half(17)).ok());
  EXPECT_NEAR(figure(**judge, "map"), 100, 1e-9);
}

TEST(JudgeOfBoxes, WithoutCategoriesLabelsAreClasses) {
  const auto data = dog_of(5);
  const Recipe recipe{.task = Task::detect};
  const auto judge = judge_of_boxes(data, recipe);
  ASSERT_TRUE(judge.ok());
  ASSERT_TRUE((*judge)->see(whole(100, 50), left_half(4)).ok());
  EXPECT_EQ(figure(**judge, "map"), 0);
}

TEST(JudgeOfBoxes, CategoriesThatTheModelDoesNotHaveAreAnError) {
  auto data = dog_of(18);
  data.categories = {{18, "dog"}};
  const Recipe recipe{.task = Task::detect, .labels = {"car", "bus"}};
  const auto judge = judge_of_boxes(data, recipe);
  ASSERT_FALSE(judge.ok());
  EXPECT_THAT(judge.error().message,
              HasSubstr("none of the 1 categories in dogs.json is a label of the model"));
}

// ---- Masks ------------------------------------------------------------------------------------

DataSet mask_of(std::optional<int> thing) {
  DataSet out;
  out.pictures = {"data/0.png"};
  out.masks = {"data/masks/0.png"};
  out.things = {thing};
  return out;
}

/// Scores of a picture of 4 x 1, whose classes are 0, 1, 1, 0.
std::vector<Tensor> two_classes() {
  return {Tensor::of<float>({1, 1, 4, 2}, {1, 0, 0, 1, 0, 1, 1, 0})};
}

Looked masked(const std::vector<int>& classes) {
  auto out = whole(4, 1);
  out.mask = {4, 1, classes};
  return out;
}

TEST(JudgeOfMasks, WhiteIsTheSecondOfTwoClasses) {
  const auto data = mask_of(1);
  const Recipe recipe{.task = Task::segment};
  const auto judge = judge_of_masks(data, recipe, 2);
  ASSERT_TRUE(judge->see(masked({0, kSomething, kUnlabelled, 1}), two_classes()).ok());
  EXPECT_NEAR(figure(*judge, "miou"), 100 * (1.0 / 2 + 2.0 / 3) / 2, 1e-9);
  EXPECT_NEAR(figure(*judge, "pixel_accuracy"), 75, 1e-9);
  EXPECT_EQ(figure(*judge, "pixels"), 4);
}

TEST(JudgeOfMasks, WhatNobodyLabelledDoesNotCount) {
  const auto data = mask_of(std::nullopt);
  const Recipe recipe{.task = Task::segment};
  const auto judge = judge_of_masks(data, recipe, 3);
  const std::vector outputs = {
      Tensor::of<float>({1, 1, 4, 3}, {1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0})};
  ASSERT_TRUE(judge->see(masked({0, 1, kUnlabelled, kUnlabelled}), outputs).ok());
  EXPECT_NEAR(figure(*judge, "miou"), 100, 1e-9);
  EXPECT_EQ(figure(*judge, "pixels"), 2);
}

TEST(JudgeOfMasks, SayWhatDoesNotFit) {
  const auto data = mask_of(std::nullopt);
  const Recipe recipe{.task = Task::segment};
  const auto judge = judge_of_masks(data, recipe, 2);
  const auto message = [&](const Looked& looked) {
    const auto seen = judge->see(looked, two_classes());
    return seen ? "" : seen.error().message;
  };
  EXPECT_EQ(message(masked({0, 0, 0, 2})),
            "data/masks/0.png has class 2, and the model's classes are 0 to 1");
  EXPECT_EQ(message(masked({0, 0, 0, kSomething})),
            "data/masks/0.png is white where nobody says what there is");
  auto small = masked({0, 0, 0, 0});
  small.mask = {2, 1, {0, 0}};
  EXPECT_EQ(message(small), "data/masks/0.png has 2 x 1 pixels, its picture 4 x 1");
}

}  // namespace
}  // namespace slipway::cli
