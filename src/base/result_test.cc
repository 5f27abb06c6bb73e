#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace slipway {
namespace {

Result<int> positive(int x) {
  if (x < 0) return fail(Code::invalid_input, "{} is negative", x);
  return x;
}

Result<int> doubled(int x) { return 2 * SLIPWAY_TRY(positive(x)); }

Result<int> sum(int a, int b) {
  return SLIPWAY_TRY(positive(SLIPWAY_TRY(doubled(a)))) + SLIPWAY_TRY(doubled(b));
}

Result<void> only_checks(int x) {
  SLIPWAY_TRY(positive(x));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  const auto good = positive(3);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 3);

  const auto bad = positive(-3);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::invalid_input);
  EXPECT_EQ(bad.error().message, "-3 is negative");
}

TEST(Result, TryLeavesAtTheFirstErrorAndMayBeNested) {
  EXPECT_EQ(sum(1, 2).value(), 6);
  EXPECT_EQ(sum(-1, -2).error().message, "-1 is negative");
  EXPECT_EQ(sum(1, -2).error().message, "-2 is negative");
  EXPECT_TRUE(only_checks(1));
  EXPECT_FALSE(only_checks(-1));
}

TEST(Result, MovesValuesThatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto use = [&]() -> Result<int> { return *SLIPWAY_TRY(make()); };
  EXPECT_EQ(use().value(), 7);
}

TEST(Result, TrailGrowsOutwardsOnFailureOnly) {
  const auto failed =
      positive(-1).during("reading node {}", 4).during("importing {}", "model.onnx");
  EXPECT_EQ(failed.error().trail,
            (std::vector<std::string>{"reading node 4", "importing model.onnx"}));
  EXPECT_EQ(positive(1).during("reading node {}", 4).value(), 1);
}

TEST(Result, AnErrorKnowsTheLineThatMadeIt) {
  const auto line = std::source_location::current().line() + 1;
  const Error error = fail(Code::internal, "here");
  EXPECT_EQ(error.where.line(), line);
  EXPECT_TRUE(std::string_view(error.where.file_name()).ends_with("base/result_test.cc"));
}

TEST(Result, TheRemedyClosestToTheCauseWins) {
  const Error error = fail(Code::not_found, "no such model")
                          .with_remedy("see slipway zoo list")
                          .with_remedy("try something else");
  EXPECT_EQ(error.remedy, "see slipway zoo list");
}

TEST(Code, NamesAreThoseOfTheJsonOutput) {
  EXPECT_EQ(name_of(Code::invalid_input), "invalid_input");
  EXPECT_EQ(name_of(Code::not_found), "not_found");
  EXPECT_EQ(name_of(Code::internal), "internal");
}

TEST(CheckDeathTest, ABrokenPromiseEndsTheProcessAndSaysWhere) {
  const auto bad = positive(-1);
  EXPECT_DEATH((void)bad.value(), "internal: ok\\(\\) does not hold at .*result\\.h:");
}

}  // namespace
}  // namespace slipway
