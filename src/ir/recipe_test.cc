#include "ir/recipe.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using testing::HasSubstr;

/// The part of a page between its first ```json and the next ```.
std::string example_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::size_t begin = page.find("```json\n");
  if (begin == std::string::npos) return {};
  const std::size_t end = page.find("```", begin + 8);
  return page.substr(begin + 8, end - begin - 8);
}

std::string refusal(std::string_view json) {
  const auto recipe = parse_recipe(json);
  if (recipe) return "accepted";
  EXPECT_EQ(recipe.error().code, Code::invalid_input);
  return recipe.error().message;
}

Recipe unusual() {
  return {.fit = Fit::letterbox,
          .crop_ratio = 0.9F,
          .resize = ResizeMethod::bilinear_align_corners,
          .pad_value = 114,
          .color = ColorOrder::bgr,
          .layout = Layout::nchw,
          .mean = {104.1F, 117, 123.675F},
          .std = {1, 57.375F, 0.1F},
          .task = Task::detect,
          .scores = Scores::logits,
          .boxes = BoxFormat::corners_with_scores,
          .score_threshold = 0.3F,
          .iou_threshold = 0.45F,
          .label_offset = -1,
          .labels = {"a \"quoted\" one", "zwölf", ""}};
}

TEST(Recipe, LeftOutMembersKeepTheirDefaults) {
  EXPECT_EQ(*parse_recipe("{}"), Recipe{});
  EXPECT_EQ(*parse_recipe("{}", unusual()), unusual());
  const auto recipe = parse_recipe(R"({"fit": "stretch", "mean": 127.5})", unusual());
  EXPECT_EQ(recipe->fit, Fit::stretch);
  EXPECT_EQ(recipe->mean, std::vector<float>{127.5F});
  EXPECT_EQ(recipe->pad_value, 114);
}

TEST(Recipe, TextGivesTheSameRecipeBack) {
  EXPECT_EQ(*parse_recipe(to_text(unusual())), unusual());
  EXPECT_EQ(*parse_recipe(to_text(Recipe{}), unusual()), Recipe{});
}

TEST(Recipe, NumbersAreWrittenAsTheyWereGiven) {
  const std::string text = to_text(unusual());
  EXPECT_THAT(text, HasSubstr("0.45"));
  EXPECT_THAT(text, testing::Not(HasSubstr("0.4499")));
}

TEST(Recipe, RefusalsNameTheMember) {
  EXPECT_THAT(refusal("{"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(R"({"crop": 1})"), HasSubstr("\"crop\""));
  EXPECT_THAT(refusal(R"({"fit": "squeeze"})"),
              HasSubstr("\"squeeze\" is none of crop, stretch, letterbox"));
  EXPECT_THAT(refusal(R"({"fit": 3})"), HasSubstr("3 is none of"));
  EXPECT_THAT(refusal(R"({"pad_value": 256})"), HasSubstr("0..255"));
  EXPECT_THAT(refusal(R"({"pad_value": 0.5})"), HasSubstr("0..255"));
  EXPECT_THAT(refusal(R"({"mean": "x"})"), HasSubstr("\"mean\": \"x\" is not a number"));
  EXPECT_THAT(refusal(R"({"std": 1e300})"), HasSubstr("too large"));
  EXPECT_THAT(refusal(R"({"labels": [1]})"), HasSubstr("1 is not a string"));
}

TEST(Recipe, ValuesOutsideTheirRangeAreRefused) {
  EXPECT_THAT(refusal(R"({"std": [1, 0, 1]})"), HasSubstr("std of 0"));
  EXPECT_THAT(refusal(R"({"crop_ratio": 0})"), HasSubstr("crop ratio of 0"));
  EXPECT_THAT(refusal(R"({"crop_ratio": 1.5})"), HasSubstr("crop ratio of 1.5"));
  EXPECT_THAT(refusal(R"({"score_threshold": -0.5})"), HasSubstr("score_threshold of -0.5"));
  EXPECT_THAT(refusal(R"({"iou_threshold": 2})"), HasSubstr("iou_threshold of 2"));
  EXPECT_THAT(refusal(R"({"mean": [1, 2]})"), HasSubstr("mean has 2 values"));
  EXPECT_THAT(refusal(R"({"mean": []})"), HasSubstr("mean has 0 values"));
}

// The test programs run in the root of the source tree.
TEST(Recipe, TheExampleOfThePageIsComplete) {
  const std::string example = example_of("docs/formats/recipe.md");
  ASSERT_FALSE(example.empty());
  const auto recipe = parse_recipe(example);
  ASSERT_TRUE(recipe.ok()) << recipe.error().message;
  EXPECT_EQ(*recipe, *parse_recipe(example, unusual())) << "the example leaves a member out";
  EXPECT_EQ(recipe->task, Task::detect);
}

}  // namespace
}  // namespace slipway
