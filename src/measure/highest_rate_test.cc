#include "measure/highest_rate.h"

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

/// A system that keeps every rate up to `most`, at whole length up to `whole`.
HighestRate highest_of(double start, double most, double whole) {
  const auto is = find_highest_rate(
      start, 0.1, [=](double rate, bool is_whole) -> Result<std::optional<Probe>> {
        return std::optional(Probe{.is_kept = rate <= (is_whole ? whole : most)});
      });
  return *is;
}

TEST(HighestRate, IsFoundFromBelowAndFromAbove) {
  for (const double start : {1.0, 99.0, 100.0, 101.0, 5000.0}) {
    const auto peak = highest_of(start, 100, 100);
    ASSERT_TRUE(peak.rate) << start;
    EXPECT_LE(*peak.rate, 100) << start;
    EXPECT_GE(*peak.rate, 98) << start;
    EXPECT_LE(peak.probes.size(), 30U) << start;
    // The next one at whole length is not kept.
    EXPECT_TRUE(peak.probes.back().is_whole);
    EXPECT_GT(peak.probes.back().rate, *peak.rate);
    EXPECT_FALSE(peak.probes.back().is_kept);
  }
}

TEST(HighestRate, WhatAWholeRunDoesNotKeepIsNotThePeak) {
  const auto peak = highest_of(10, 100, 95);
  ASSERT_TRUE(peak.rate);
  EXPECT_LE(*peak.rate, 95);
  EXPECT_GE(*peak.rate, 90);
  int whole = 0;
  for (const auto& probe : peak.probes) whole += probe.is_whole;
  EXPECT_GE(whole, 2);
}

TEST(HighestRate, ShortTriesThatSayTooLittleAreMadeUpFor) {
  const auto peak = highest_of(10, 92, 100);
  ASSERT_TRUE(peak.rate);
  EXPECT_LE(*peak.rate, 100);
  EXPECT_GE(*peak.rate, 97);
}

// Each third short try is disturbed, whatever the rate.
TEST(HighestRate, OneDisturbedTryDoesNotLeadItAstray) {
  for (int phase = 0; phase < 3; ++phase) {
    int tried = phase;
    const auto is =
        find_highest_rate(70, 0.1, [&](double rate, bool is_whole) -> Result<std::optional<Probe>> {
          const bool is_disturbed = !is_whole && rate < 128 && ++tried % 3 == 0;
          return std::optional(Probe{.is_kept = rate <= 100 && !is_disturbed});
        });
    ASSERT_TRUE(is && is->rate);
    EXPECT_LE(*is->rate, 100);
    EXPECT_GE(*is->rate, 97);
  }
}

TEST(HighestRate, WhereThereIsNone) {
  const auto none = highest_of(10, 0, 0);
  EXPECT_FALSE(none.rate);
  EXPECT_EQ(none.probes.size(), 16U);  // 10, 5, ... 0.08, twice each
  EXPECT_FALSE(highest_of(10, 1e300, 1e300).rate);
  EXPECT_FALSE(highest_of(10, 100, 0).rate);
}

TEST(HighestRate, EndsWhenStopped) {
  int asked = 0;
  const auto is = find_highest_rate(1, 0.1, [&](double, bool) -> Result<std::optional<Probe>> {
    if (++asked == 3) return std::optional<Probe>();
    return std::optional(Probe{.is_kept = true});
  });
  ASSERT_TRUE(is);
  EXPECT_FALSE(is->rate);
  EXPECT_EQ(is->probes.size(), 2U);
  EXPECT_EQ(asked, 3);
}

TEST(HighestRate, AFailureEndsIt) {
  EXPECT_FALSE(find_highest_rate(1, 0.1, [](double, bool) -> Result<std::optional<Probe>> {
    return fail(Code::unavailable, "gone");
  }));
}

}  // namespace
}  // namespace slipway::measure
