#include "measure/arrivals.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::vector<double> gaps_of(Arrivals arrivals, int count) {
  std::vector<double> out;
  nanoseconds last(0);
  for (int i = 0; i < count; ++i) {
    const auto next = *arrivals.next();
    out.push_back(std::chrono::duration<double>(next - last).count());
    last = next;
  }
  return out;
}

// Kolmogorov and Smirnov: gaps are exponential. The bound is that of a chance of 1 %; of 100 seeds
// one may be over it, and of 100 fair ones more than five are in 5 of 10,000 cases.
TEST(Arrivals, GapsOfPoissonAreExponential) {
  constexpr int kCount = 1000;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    auto gaps = gaps_of(Arrivals::poisson(450, seed), kCount);
    std::ranges::sort(gaps);
    double most = 0;
    for (int i = 0; i < kCount; ++i) {
      const double should = 1 - std::exp(-450 * gaps[static_cast<std::size_t>(i)]);
      most = std::max({most, should - i / 1000.0, (i + 1) / 1000.0 - should});
    }
    refused += most * std::sqrt(kCount) > 1.628;
  }
  EXPECT_LE(refused, 5);
}

TEST(Arrivals, SameSeedSameTimes) {
  EXPECT_EQ(gaps_of(Arrivals::poisson(10, 3), 50), gaps_of(Arrivals::poisson(10, 3), 50));
  EXPECT_NE(gaps_of(Arrivals::poisson(10, 3), 50), gaps_of(Arrivals::poisson(10, 4), 50));
}

TEST(Arrivals, ConstantOnesAreExactAfterAMillion) {
  auto arrivals = Arrivals::constant(3);
  EXPECT_EQ(*arrivals.next(), 0ns);
  EXPECT_EQ(*arrivals.next(), 333'333'333ns);
  for (int i = 2; i < 3'000'000; ++i) EXPECT_TRUE(arrivals.next());
  EXPECT_EQ(*arrivals.next(), 1'000'000s);
}

TEST(Arrivals, OfATrace) {
  auto trace = Arrivals::trace("# a morning\n0\n0.001\r\n\n 0.001  # twice\n2.5e0\n");
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->count(), 4);
  EXPECT_EQ(*trace->next(), 0ns);
  EXPECT_EQ(*trace->next(), 1ms);
  EXPECT_EQ(*trace->next(), 1ms);
  EXPECT_EQ(*trace->next(), 2500ms);
  EXPECT_FALSE(trace->next());
  EXPECT_FALSE(Arrivals::poisson(1, 1).count());
}

TEST(Arrivals, BrokenTracesAreNamed) {
  const auto message = [](std::string_view text) { return Arrivals::trace(text).error().message; };
  EXPECT_EQ(message("0\n0.5\n0.4\n"), "line 3: 0.4 s is before the time of the line above");
  EXPECT_EQ(message("0\nsoon\n"), "line 2: 'soon' is no time in seconds from the begin");
  for (const auto* bad : {"-1", "nan", "inf", "1 2", "1e300", "0x1"})
    EXPECT_FALSE(Arrivals::trace(bad)) << bad;
  EXPECT_EQ(message("# nothing\n"), "it has no time: a line each, in seconds");
}

}  // namespace
}  // namespace slipway::measure
