#include "measure/stats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::measure {
namespace {

/// Uniform in (0, 1].
double unit(Random& random) { return (static_cast<double>(random.next() >> 11U) + 1) * 0x1p-53; }

double normal(Random& random) {
  return std::sqrt(-2 * std::log(unit(random))) * std::cos(2 * std::numbers::pi * unit(random));
}

/// 1 to `count`, shuffled.
Samples counted(std::int64_t count) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1);
  Random random(9);
  for (std::int64_t i = count - 1; i > 0; --i)
    std::swap(values[static_cast<std::size_t>(i)],
              values[static_cast<std::size_t>(random.integer(0, i))]);
  Samples out;
  for (const auto value : values) out.add(value);
  return out;
}

TEST(Percent, Parses) {
  const auto percents = parse_percents("50,99.9,0.001");
  ASSERT_TRUE(percents);
  EXPECT_EQ(*percents, (std::vector<Percent>{{50'000}, {99'900}, {1}}));
  EXPECT_EQ(text_of({99'900}), "99.9");
  EXPECT_EQ(text_of({50'000}), "50");
  EXPECT_EQ(text_of({1}), "0.001");
  for (const auto* bad : {"", "50,", "0", "100", "-1", "99.9999", "p50", "1e1", "nan", "50 "})
    EXPECT_FALSE(parse_percents(bad)) << bad;
}

// (1 - 0.99)^n, 0.99^n and so on against 2.5 %, by hand.
TEST(Interval, NeedsAsManySamplesAsTheTailsSay) {
  const std::map<std::int64_t, std::int64_t> needed = {{50'000, 6},  {90'000, 36},  {10'000, 36},
                                                       {95'000, 72}, {99'000, 368}, {99'900, 3688}};
  for (const auto& [thousandths, count] : needed) {
    const Percent percent{thousandths};
    EXPECT_EQ(samples_needed(percent), count) << thousandths;
    EXPECT_FALSE(ranks_of(count - 1, percent)) << thousandths;
    EXPECT_TRUE(ranks_of(count, percent)) << thousandths;
  }
}

/// P(B <= k), B binomial of n and p, from Pascal's rule: no logarithms.
std::vector<double> binomial_cdf(int n, double p) {
  std::vector<double> mass = {1};
  for (int i = 0; i < n; ++i) {
    mass.push_back(0);
    for (std::size_t k = mass.size() - 1; k > 0; --k) mass[k] = mass[k] * (1 - p) + mass[k - 1] * p;
    mass[0] *= 1 - p;
  }
  for (std::size_t k = 1; k < mass.size(); ++k) mass[k] += mass[k - 1];
  return mass;
}

TEST(Interval, IsTheNarrowestOfItsKind) {
  for (const int n : {6, 37, 100, 368, 1000}) {
    for (const std::int64_t thousandths : {5'000, 50'000, 90'000, 99'000}) {
      const Percent percent{thousandths};
      const auto ranks = ranks_of(n, percent);
      if (!ranks) continue;
      const auto cdf = binomial_cdf(n, percent.part());
      const auto below = [&](std::int64_t k) { return cdf[static_cast<std::size_t>(k)]; };
      EXPECT_LE(below(ranks->low - 1), 0.025) << n << " " << thousandths;
      EXPECT_GT(below(ranks->low), 0.025) << n << " " << thousandths;
      EXPECT_LE(1 - below(ranks->high - 1), 0.025 + 1e-12) << n << " " << thousandths;
      EXPECT_GT(1 - below(ranks->high - 2), 0.025) << n << " " << thousandths;
    }
  }
}

// Where the binomial is a normal: n p +- 1.96 sqrt(n p (1 - p)).
TEST(Interval, OfManySamples) {
  const std::int64_t n = 100'000'000;
  const auto ranks = ranks_of(n, {50'000});
  ASSERT_TRUE(ranks);
  EXPECT_NEAR(static_cast<double>(ranks->low), 5e7 - 9'800, 2);
  EXPECT_NEAR(static_cast<double>(ranks->high), 5e7 + 9'800, 2);
}

// The true percentile is known; the interval must hold it in 95 of 100 runs.
TEST(Interval, HoldsTheTruth) {
  constexpr int kRuns = 2000;
  Random random(7);
  const std::vector<Percent> percents = {{50'000}, {99'000}};
  std::vector<int> held(percents.size());
  for (int run = 0; run < kRuns; ++run) {
    Samples samples;
    for (int i = 0; i < 1000; ++i)  // exponential, of a millisecond
      samples.add(static_cast<std::int64_t>(-1e6 * std::log(unit(random))));
    const auto summary = summary_of(samples, percents);
    for (std::size_t i = 0; i < percents.size(); ++i) {
      const double truth = -1e6 * std::log(1 - percents[i].part());
      const auto& ns = summary.percentiles[i].ns;
      ASSERT_TRUE(ns);
      held[i] += static_cast<double>(ns->low) <= truth && truth <= static_cast<double>(ns->high);
    }
  }
  // Three deviations of a count of 2,000 are 1.5 %.
  for (const int count : held) {
    EXPECT_GE(count, kRuns * 0.935);
    EXPECT_LE(count, kRuns * 0.985);
  }
}

// Neighbours that are alike say less: an interval that took them for independent would be too
// narrow.
TEST(Interval, HoldsTheTruthWhereNeighboursAreAlike) {
  constexpr int kRuns = 500;
  Random random(8);
  int held = 0;
  int held_by_independent = 0;
  for (int run = 0; run < kRuns; ++run) {
    Samples samples;
    double x = normal(random);
    for (int i = 0; i < 2000; ++i) {
      x = 0.8 * x + 0.6 * normal(random);
      samples.add(static_cast<std::int64_t>(1e9 + 1e7 * x));
    }
    const auto summary = summary_of(samples, {{50'000}});
    EXPECT_NEAR(summary.lag1, 0.8, 0.1);
    EXPECT_LT(summary.independent, 700);  // of 2000; 9 say as much as one, of the mean
    const auto& ns = summary.percentiles[0].ns;
    ASSERT_TRUE(ns);
    held += ns->low <= 1e9 && 1e9 <= ns->high;
    const auto ranks = ranks_of(2000, {50'000});
    const std::vector<std::int64_t> wanted = {ranks->low, ranks->high};
    const auto narrow = samples.at(wanted);
    held_by_independent += narrow[0] <= 1e9 && 1e9 <= narrow[1];
  }
  EXPECT_GE(held, kRuns * 0.93);
  EXPECT_LT(held_by_independent, kRuns * 0.8);
}

/// The true p99, and series of it: exponential, uniform, two levels of which the upper is rare, and
/// one whose neighbours are alike (0.7).
struct Series {
  double p99;
  std::function<double(Random&, double& state)> next;
};

const std::array<Series, 4> kSeries = {
    {{-std::log(0.01), [](Random& random, double&) { return -std::log(unit(random)); }},
     {1.99, [](Random& random, double&) { return 1 + unit(random); }},
     {1 + 0.8 * 3,  // of the upper fifth at 1 to 4, the 95th part of 100
      [](Random& random, double&) {
        return unit(random) < 0.95 ? unit(random) : 1 + 3 * unit(random);
      }},
     {10 + 2.3263478740, [](Random& random, double& state) {
        state = 0.7 * state + std::sqrt(1 - 0.49) * normal(random);
        return 10 + state;
      }}}};

// A short form of `./dev bench measuring coverage`.
TEST(Interval, OfP99HoldsTheTruthWhateverTheSeries) {
  constexpr int kRuns = 400;
  Random random(21);
  for (const auto& series : kSeries) {
    int held = 0;
    for (int run = 0; run < kRuns; ++run) {
      Samples samples;
      double state = normal(random);
      for (int i = 0; i < 5000; ++i) samples.add(std::llround(1e6 * series.next(random, state)));
      const auto ns = summary_of(samples, {{99'000}}).percentiles[0].ns;
      ASSERT_TRUE(ns);
      held += static_cast<double>(ns->low) <= 1e6 * series.p99 &&
              1e6 * series.p99 <= static_cast<double>(ns->high);
    }
    // Of 95.5 %, three deviations of 400 are 3.1 %.
    EXPECT_GE(held, kRuns * 0.92) << series.p99;
    EXPECT_LE(held, kRuns * 0.99) << series.p99;
  }
}

TEST(Summary, PercentilesAreThoseOfLoadGen) {
  const auto summary = summary_of(counted(1000), {{50'000}, {90'000}, {99'000}});
  for (const auto& percentile : summary.percentiles) ASSERT_TRUE(percentile.ns);
  EXPECT_EQ(summary.percentiles[0].ns->value, 501);  // the sorted ones at floor(1000 * 0.5), from 0
  EXPECT_EQ(summary.percentiles[1].ns->value, 901);
  EXPECT_EQ(summary.percentiles[2].ns->value, 991);
  EXPECT_EQ(summary.relative_error, 0);
}

TEST(Summary, SaysNothingOfWhichItKnowsTooLittle) {
  const auto summary = summary_of(counted(100), {{50'000}, {99'000}});
  EXPECT_TRUE(summary.percentiles[0].ns);
  EXPECT_FALSE(summary.percentiles[1].ns);
  EXPECT_EQ(summary.percentiles[1].needs, 368);
}

// A hundred are fast and a hundred are slow, by turns: a sample says little that its neighbours do
// not. Samples of streams are joined before they are looked at.
TEST(Summary, JoinedSamplesAreAsMuchAlike) {
  Random random(11);
  Samples one;
  for (int i = 0; i < 2 * Samples::kExact; ++i)
    one.add((i / 100 % 2 == 0 ? 1'000'000 : 1'500'000) + random.integer(0, 999'999));
  Samples all;
  all.add(one);
  const auto summary = summary_of(all, {{50'000}});
  EXPECT_EQ(summary.independent, summary_of(one, {{50'000}}).independent);
  EXPECT_LT(summary.independent, summary.count / 10);
}

// Both ends fall into the same bucket, which is wider than what lies between their ranks.
TEST(Summary, AnIntervalIsNoNarrowerThanItsBuckets) {
  Random random(10);
  Samples samples;
  std::vector<std::int64_t> values(4 * Samples::kExact);
  for (auto& value : values) value = random.integer(1'000'000, 1'000'999);
  for (const auto value : values) samples.add(value);
  std::ranges::sort(values);
  const auto summary = summary_of(samples, {{50'000}});
  const auto ranks = ranks_of(std::ssize(values), {50'000});
  ASSERT_TRUE(ranks);
  const auto& ns = summary.percentiles[0].ns;
  ASSERT_TRUE(ns);
  EXPECT_EQ(summary.relative_error, Samples::kRelativeError);
  EXPECT_LE(ns->low, values[static_cast<std::size_t>(ranks->low - 1)]);
  EXPECT_GE(ns->high, values[static_cast<std::size_t>(ranks->high - 1)]);
  EXPECT_LT(ns->low, ns->high);
}

TEST(Summary, OneSample) {
  Samples one;
  one.add(42);
  const auto summary = summary_of(one, {{50'000}});
  EXPECT_EQ(summary.mean, 42);
  EXPECT_EQ(summary.stdev, 0);
  EXPECT_FALSE(summary.percentiles[0].ns);
  EXPECT_EQ(summary.high_outliers, 0);
}

TEST(Summary, CountsOutliersAndKeepsThem) {
  Samples samples;
  for (int i = 0; i < 100; ++i) samples.add(1000 + i % 10);
  samples.add(5000);
  samples.add(10);
  const auto summary = summary_of(samples, {});
  EXPECT_EQ(summary.high_outliers, 1);
  EXPECT_EQ(summary.low_outliers, 1);
  EXPECT_EQ(summary.max, 5000);
  EXPECT_EQ(summary.count, 102);
}

}  // namespace
}  // namespace slipway::measure
