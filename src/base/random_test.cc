#include "base/random.h"

#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace slipway {
namespace {

// Published values of SplitMix64 with seed 1234567 (Rosetta Code, "Pseudo-random numbers/
// Splitmix64"): the stream is the same on every machine, for ever.
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
  EXPECT_EQ(random.next(), 4593380528125082431U);
  EXPECT_EQ(random.next(), 16408922859458223821U);
}

TEST(Random, IntegersReachBothEnds) {
  Random random(1);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.integer(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
}

RC_GTEST_PROP(Random, IntegersStayInside, (std::uint64_t seed, std::int64_t a, std::int64_t b)) {
  const auto [low, high] = std::minmax(a, b);
  const std::int64_t x = Random(seed).integer(low, high);
  RC_ASSERT(low <= x);
  RC_ASSERT(x <= high);
}

TEST(Random, TheWholeRangeIsARange) {
  using Limits = std::numeric_limits<std::int64_t>;
  Random random(1234567);
  EXPECT_EQ(random.integer(Limits::min(), Limits::max()), 6457827717110365317);
}

// 0.5 + 0.5 * (1 - 2^-24) lies in the middle between two floats and rounds up to 1.
TEST(Random, RealsNeverReachTheUpperEnd) {
  Random random(3);
  for (int i = 0; i < 100000; ++i) {
    const float x = random.real(1.0F, 1.0F + 0x1p-22F);
    ASSERT_GE(x, 1.0F);
    ASSERT_LT(x, 1.0F + 0x1p-22F);
  }
  EXPECT_EQ(random.real(2, 2), 2);
}

TEST(Entropy, TheTwinRepeatsAndTheRealOneDoesNot) {
  SeededEntropy a(5);
  SeededEntropy b(5);
  EXPECT_EQ(a.next(), b.next());
  SystemEntropy system;
  EXPECT_NE(system.next(), system.next());
}

}  // namespace
}  // namespace slipway
