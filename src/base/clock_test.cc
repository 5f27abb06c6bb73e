#include "base/clock.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(Clock, TheSystemNeverRunsBackwards) {
  const SystemClock clock;
  const auto first = clock.now();
  EXPECT_LE(first, clock.now());
}

TEST(Clock, TheTwinStandsStillUntilTold) {
  FakeClock clock;
  const auto start = clock.now();
  EXPECT_EQ(clock.now(), start);
  clock.advance(std::chrono::microseconds(2500));
  EXPECT_EQ(milliseconds(start, clock.now()), 2.5);
}

}  // namespace
}  // namespace slipway
