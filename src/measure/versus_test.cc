#include "measure/versus.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

double unit(Random& random) { return (static_cast<double>(random.next() >> 11U) + 1) * 0x1p-53; }

double normal(Random& random) {
  return std::sqrt(-2 * std::log(unit(random))) * std::cos(2 * std::numbers::pi * unit(random));
}

/// A machine as it is found: a level that wanders from turn to turn (3 %) and drifts, and samples
/// of 4 % with one of twenty up to twice as long. B takes `ratio` times as long.
std::vector<double> simulated(Random& random, std::int64_t rounds, double ratio) {
  std::vector<double> out;
  double level = 0;
  for (std::int64_t turn = 0; turn < rounds * kTurnsInRound; ++turn) {
    level = 0.9 * level + 0.03 * std::sqrt(1 - 0.81) * normal(random);
    const double drift = 0.001 * static_cast<double>(turn);
    const double own = side_of(turn) == Side::b ? ratio : 1;
    std::vector<std::int64_t> ns;
    for (int i = 0; i < 9; ++i) {
      const double tail = unit(random) < 0.05 ? 1 + unit(random) : 1;
      ns.push_back(
          std::llround(1e6 * own * tail * std::exp(level + drift + 0.04 * normal(random))));
    }
    out.push_back(median_of(std::move(ns)));
  }
  return out;
}

TEST(Versus, TurnsAreTakenFairly) {
  std::string order;
  for (int turn = 0; turn < 16; ++turn) order += side_of(turn) == Side::a ? 'A' : 'B';
  EXPECT_EQ(order, "ABBABAABABBABAAB");
}

TEST(Versus, Median) {
  EXPECT_EQ(median_of(std::vector<std::int64_t>{7}), 7);
  EXPECT_EQ(median_of(std::vector<std::int64_t>{9, 1, 5}), 5);
  EXPECT_EQ(median_of(std::vector<double>{9, 1, 5, 8}), 6.5);
}

// B takes twice as long, and all grows evenly: by 1 % with each turn.
TEST(Versus, EvenDriftIsInNoRatio) {
  std::vector<double> medians;
  for (int turn = 0; turn < 24; ++turn)
    medians.push_back(std::pow(1.01, turn) * (side_of(turn) == Side::b ? 2000 : 1000));
  const auto is = versus(medians);
  ASSERT_TRUE(is);
  EXPECT_NEAR(is->ratio, 2, 1e-9);
  EXPECT_NEAR(is->low, 2, 1e-9);
  EXPECT_NEAR(is->high, 2, 1e-9);
  EXPECT_EQ(is->rounds, 6);
  EXPECT_TRUE(is->is_slower());
  EXPECT_FALSE(is->is_faster());
}

TEST(Versus, SaysNothingOfFewRounds) {
  EXPECT_FALSE(versus(std::vector<double>(23, 5)));
  const auto is = versus(std::vector<double>(27, 5));
  ASSERT_TRUE(is);
  EXPECT_EQ(is->rounds, 6);
  EXPECT_FALSE(is->is_slower() || is->is_faster());
}

// With six rounds the interval goes from the least ratio to the largest: by chance all six lie on
// one side of the truth in 2 of 64 cases. With eight, ranks sum up to 3 or less in 5 of 256 cases,
// to 4 in 7: the fourth of the 36 means is the end.
TEST(Versus, IntervalsAreThoseOfTheTables) {
  const auto of = [](int rounds) {
    std::vector<double> medians;
    for (int round = 0; round < rounds; ++round) {  // ratios of e^0, e^1, e^4, e^9 ...
      const double time = std::exp(round * round);
      for (int turn = 0; turn < 4; ++turn)
        medians.push_back(side_of(4 * round + turn) == Side::b ? time : 1);
    }
    return *versus(medians);
  };
  EXPECT_NEAR(std::log(of(6).low), 0, 1e-9);
  EXPECT_NEAR(std::log(of(6).high), 25, 1e-9);
  // Of eight: the means are 0, 0.5, 1, 2, ... and 49, 42.5, 37, 36, ...
  EXPECT_NEAR(std::log(of(8).low), 2, 1e-9);
  EXPECT_NEAR(std::log(of(8).high), 36, 1e-9);
}

// Two that are the same must seldom be called different, and 5 % must be found.
TEST(Versus, IsSeldomWrong) {
  constexpr int kRuns = 10'000;
  Random random(11);
  int different = 0;
  int held = 0;
  int found = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto same = versus(simulated(random, 20, 1));
    different += same->is_faster() || same->is_slower();
  }
  for (int run = 0; run < kRuns / 10; ++run) {
    const auto slower = versus(simulated(random, 20, 1.05));
    found += slower->is_slower();
    held += slower->low <= 1.05 && 1.05 <= slower->high;
  }
  RecordProperty("different", different);
  RecordProperty("found", found);
  EXPECT_LE(different, kRuns * 6 / 100);
  EXPECT_GE(different, kRuns * 3 / 100);  // else the intervals are too wide
  EXPECT_GE(found, kRuns / 10 * 95 / 100);
  EXPECT_GE(held, kRuns / 10 * 93 / 100);
}

// So many that the distribution of ranks is taken for a normal one.
TEST(Versus, ManyRounds) {
  constexpr int kRuns = 300;
  Random random(12);
  int different = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> medians;
    for (int turn = 0; turn < 4 * 210; ++turn)
      medians.push_back(1e6 * std::exp(0.1 * normal(random)));
    const auto is = versus(medians);
    different += is->is_faster() || is->is_slower();
  }
  EXPECT_GE(different, 3);
  EXPECT_LE(different, 28);
}

TEST(Versus, OfRunsThatWereApart) {
  // Both are sure within 3 %: their ratio within 4.3 %.
  const auto same = versus_of_runs({1000, 970, 1030}, {1040, 1010, 1070});
  EXPECT_NEAR(same.ratio, 1.04, 1e-12);
  EXPECT_NEAR(std::log(same.high / same.ratio),
              std::hypot(std::log(1070.0 / 1040), std::log(1000.0 / 970)), 1e-12);
  EXPECT_FALSE(same.is_slower());
  EXPECT_TRUE(versus_of_runs({1000, 970, 1030}, {1060, 1030, 1090}).is_slower());
  EXPECT_TRUE(versus_of_runs({1000, 999, 1001}, {900, 899, 901}).is_faster());
}

TEST(Turns, TakeTheMedianOfEach) {
  FakeClock clock;
  std::string order;
  const Infer a = [&]() -> Result<void> {
    order += 'a';
    clock.advance(order.ends_with("aa") ? 10ns : 70ns);  // the first of a turn is cold
    return {};
  };
  const Infer b = [&]() -> Result<void> {
    order += 'b';
    clock.advance(20ns);
    return {};
  };
  std::vector<double> parts;
  Turns turns{.rounds = 2, .warm_up = 1, .inferences = 2, .at_least = 25ns};
  turns.progress = [&](double part) { parts.push_back(part); };
  const auto medians = take_turns(clock, a, b, turns);
  ASSERT_TRUE(medians);
  EXPECT_THAT(*medians, ElementsAre(10, 20, 20, 10, 20, 10, 10, 20));
  EXPECT_EQ(order,
            "aaaa"
            "bbb"
            "bbb"
            "aaaa"
            "bbb"
            "aaaa"
            "aaaa"
            "bbb");
  EXPECT_EQ(parts.size(), 8U);
  EXPECT_EQ(parts.back(), 1);
}

TEST(Turns, EndWithAFailureAndWhenStopped) {
  const FakeClock clock;
  const Infer good = []() -> Result<void> { return {}; };
  const Infer bad = []() -> Result<void> { return fail(Code::unavailable, "gone"); };
  Turns turns{.at_least = 0ns};
  EXPECT_FALSE(take_turns(clock, good, bad, turns));
  int asked = 0;
  turns.stop = [&] { return ++asked == 4; };
  EXPECT_EQ(take_turns(clock, good, good, turns)->size(), 3U);
}

}  // namespace
}  // namespace slipway::measure
