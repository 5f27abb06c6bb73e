#include "measure/loadgen.h"

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;

/// 1 to `count` ns.
Samples counted(std::int64_t count) {
  Samples out;
  for (std::int64_t i = 1; i <= count; ++i) out.add(i);
  return out;
}

// The table of the rules: queries of which none, or one, is over the bound.
TEST(EarlyStopping, NeedsAsManyQueriesAsTheRulesSay) {
  const std::vector<std::array<std::int64_t, 3>> table = {{50'000, 7, 11},    {90'000, 44, 64},
                                                          {95'000, 90, 130},  {97'000, 152, 219},
                                                          {99'000, 459, 662}, {99'900, 4603, 6636}};
  for (const auto& [thousandths, none, one] : table) {
    EXPECT_EQ(early_stopping_needs({thousandths}, 0), none) << thousandths;
    EXPECT_EQ(early_stopping_needs({thousandths}, 1), one) << thousandths;
  }
}

// What LoadGen printed of 54 queries, 36 of them over the bound: 5198 more are needed.
TEST(EarlyStopping, NeedsMoreWhereMoreAreOver) {
  EXPECT_EQ(early_stopping_needs({99'000}, 36), 54 + 5198);
}

TEST(EarlyStopping, EstimatesFromAbove) {
  EXPECT_FALSE(early_estimate(counted(63), {90'000}));
  const auto few = early_estimate(counted(64), {90'000});
  ASSERT_TRUE(few);
  EXPECT_EQ(few->ns, 64);
  EXPECT_EQ(few->discarded, 0);
  const auto more = early_estimate(counted(100), {90'000});  // of LoadGen: 2 are discarded
  ASSERT_TRUE(more);
  EXPECT_EQ(more->ns, 98);
  EXPECT_EQ(more->discarded, 2);
  const auto many = early_estimate(counted(60'000), {90'000});
  ASSERT_TRUE(many);
  EXPECT_NEAR(static_cast<double>(many->ns), 54'000 + 2.33 * 73.5, 10);  // by the normal
}

TEST(Loadgen, SingleWantsTimeQueriesAndAnEstimate) {
  const LoadgenRules rules{.scenario = Scenario::single, .at_least = 1s, .queries = 64};
  EXPECT_TRUE(verdict_of(rules, {.queries = 64, .duration = 1s}, counted(64)).valid());
  const auto early = verdict_of(rules, {.queries = 64, .duration = 999ms}, counted(64));
  EXPECT_FALSE(early.long_enough);
  EXPECT_TRUE(early.enough_queries && early.early_stopping);
  const auto few = verdict_of(rules, {.queries = 63, .duration = 1s}, counted(63));
  EXPECT_FALSE(few.enough_queries || few.early_stopping || few.valid());
  EXPECT_EQ(few.needs, 64);
}

TEST(Loadgen, ServerWantsItsBoundProven) {
  const LoadgenRules rules{
      .scenario = Scenario::server, .percent = {99'000}, .at_most_each = 990ns};
  const auto of = [&](std::int64_t count, std::int64_t over) {
    return verdict_of(rules, {.queries = count, .over = over}, counted(count));
  };
  EXPECT_TRUE(of(459, 0).valid());
  EXPECT_FALSE(of(458, 0).early_stopping);
  EXPECT_TRUE(of(662, 1).valid());
  // Nine over leave the percentile, the 991st of 1000, within the bound, and prove nothing.
  EXPECT_TRUE(of(1000, 9).bound_kept);
  EXPECT_FALSE(of(1000, 9).early_stopping);
  EXPECT_FALSE(of(1000, 10).bound_kept);
}

TEST(Loadgen, OfflineWantsTimeAndSamplesOnly) {
  const LoadgenRules rules{.scenario = Scenario::offline, .at_least = 1s, .queries = 5};
  EXPECT_TRUE(verdict_of(rules, {.queries = 5, .duration = 1s}, counted(5)).valid());
  EXPECT_FALSE(verdict_of(rules, {.queries = 4, .duration = 1s}, counted(4)).valid());
}

}  // namespace
}  // namespace slipway::measure
