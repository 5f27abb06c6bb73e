#include "vision/classify.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vision/labels.h"

namespace slipway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> labels(std::string_view text) {
  const auto out = parse_labels(text);
  return out ? *out : std::vector<std::string>{"refused: " + out.error().message};
}

std::vector<int> order(const Tensor& output, const Recipe& recipe, std::size_t k) {
  std::vector<int> out;
  const auto answers = classify(output, recipe, k);
  for (const Answer& answer : *answers) out.push_back(answer.class_index);
  return out;
}

TEST(Labels, OneALine) {
  EXPECT_THAT(labels("cat\ndog\n"), ElementsAre("cat", "dog"));
  EXPECT_THAT(labels("\xEF\xBB\xBF"
                     "cat\r\n dog \r\n\r\n\n"),
              ElementsAre("cat", "dog"));
  EXPECT_THAT(labels("cat"), ElementsAre("cat"));
  EXPECT_THAT(labels("a\n\nc"), ElementsAre("a", "", "c"));
  EXPECT_THAT(labels("tench, Tinca tinca\ngreat white shark, white shark"),
              ElementsAre("tench, Tinca tinca", "great white shark, white shark"));
}

TEST(Labels, NumbersGoOnlyWhereAllAreRight) {
  EXPECT_THAT(labels("0 background\n1 person\n2 traffic light"),
              ElementsAre("background", "person", "traffic light"));
  EXPECT_THAT(labels("0: background\n1: person"), ElementsAre("background", "person"));
  EXPECT_THAT(labels("1,apple\n2,pear"), ElementsAre("apple", "pear"));
  EXPECT_THAT(labels("0\tzero\n1\tone"), ElementsAre("zero", "one"));
  EXPECT_THAT(labels("0 a\n2 b"), ElementsAre("0 a", "2 b"));
  EXPECT_THAT(labels("0 a\nb"), ElementsAre("0 a", "b"));
  EXPECT_THAT(labels("0\n1\n2"), ElementsAre("0", "1", "2"));  // the ten digits are names
  EXPECT_THAT(labels("7 up"), ElementsAre("7 up"));
}

TEST(Labels, GapsOfTheCocoMapStay) {
  EXPECT_THAT(labels("???\nperson\n???\ncar\n"), ElementsAre("???", "person", "???", "car"));
}

TEST(Labels, EmptyAndBinaryFilesAreRefused) {
  EXPECT_THAT(labels("")[0], HasSubstr("without labels"));
  EXPECT_THAT(labels("\n\r\n \n")[0], HasSubstr("without labels"));
  EXPECT_THAT(labels(std::string_view("a\0b", 3))[0], HasSubstr("binary"));
}

TEST(Labels, TheOffsetMayLeadOutOfTheList) {
  const Recipe recipe{.label_offset = -1, .labels = {"vehicle", "plate", ""}};
  EXPECT_EQ(label_of(recipe, 1), "vehicle");
  EXPECT_EQ(label_of(recipe, 2), "plate");
  EXPECT_EQ(label_of(recipe, 0), "class 0");
  EXPECT_EQ(label_of(recipe, 3), "class 3");
  EXPECT_EQ(label_of(recipe, 4), "class 4");
}

TEST(Classify, BestFirstAndTheLowestIndexOfEqualOnes) {
  const auto output = Tensor::of<float>({1, 5}, {0.1F, 0.3F, 0.2F, 0.3F, 0.1F});
  EXPECT_THAT(order(output, {}, 5), ElementsAre(1, 3, 2, 0, 4));
  EXPECT_THAT(order(output, {}, 2), ElementsAre(1, 3));
  EXPECT_THAT(order(output, {}, 99), testing::SizeIs(5));
}

TEST(Classify, SoftmaxOfLogitsIsStable) {
  const auto output =
      Tensor::of<float>({1, 1, 1, 3}, {1000, 999, -std::numeric_limits<float>::infinity()});
  const auto answers = classify(output, {.scores = Scores::logits, .labels = {"a", "b"}}, 3);
  ASSERT_TRUE(answers.ok());
  EXPECT_NEAR((*answers)[0].probability, 1 / (1 + std::exp(-1)), 1e-12);
  EXPECT_EQ((*answers)[0].label, "a");
  EXPECT_EQ((*answers)[2].probability, 0);
  EXPECT_EQ((*answers)[2].label, "class 2");
}

TEST(Classify, IntegersAreDequantizedFirst) {
  const TensorType type{DType::u8, {1, 2}, per_tensor(0.5F, 100)};
  const auto output = Tensor::make(type, as_bytes(std::string_view("\x64\x68", 2)));  // 0 and 2
  const auto answers = classify(*output, {.scores = Scores::logits}, 1);
  EXPECT_EQ((*answers)[0].class_index, 1);
  EXPECT_NEAR((*answers)[0].probability, 1 / (1 + std::exp(-2)), 1e-12);
}

TEST(Classify, ABatchGivesAnAnswerEach) {
  const auto output = Tensor::of<float>({2, 3}, {0, 1, 0, 1, 0, 0});
  const auto answers = classify_batch(output, {}, 1, 2);
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ((*answers)[0][0].class_index, 1);
  EXPECT_EQ((*answers)[1][0].class_index, 0);
  EXPECT_FALSE(classify_batch(output, {}, 1, 4).ok());
  EXPECT_FALSE(classify_batch(output, {}, 1, 0).ok());
}

TEST(Classify, ScoresThatAreNoNumbersAreRefused) {
  const auto output = Tensor::of<float>({1, 2}, {0, NAN});
  const auto answers = classify(output, {}, 1);
  ASSERT_FALSE(answers.ok());
  EXPECT_THAT(answers.error().message, HasSubstr("score 1 of the output is nan"));
}

}  // namespace
}  // namespace slipway
