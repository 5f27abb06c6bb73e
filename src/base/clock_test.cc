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

TEST(Clock, DatesAreThoseOfTheCalendar) {
  EXPECT_EQ(date_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(date_text(951'827'696), "2000-02-29T12:34:56Z");
  EXPECT_EQ(date_text(FakeClock().unix_seconds()), "2026-01-01T00:00:00Z");
  EXPECT_GT(SystemClock().unix_seconds(), 1'767'225'600);
}

TEST(Clock, WaitingEndsInTime) {
  const SystemClock clock;
  for (const auto wait : {std::chrono::microseconds(-5), std::chrono::microseconds(300)}) {
    const auto until = clock.now() + wait;
    clock.wait_until(until);
    EXPECT_GE(clock.now(), until);
  }
}

TEST(Clock, WhoWaitsMakesTheTwinJump) {
  const FakeClock clock;
  const auto start = clock.now();
  clock.wait_until(start + std::chrono::hours(1));
  EXPECT_EQ(clock.now(), start + std::chrono::hours(1));
  clock.wait_until(start);
  EXPECT_EQ(clock.now(), start + std::chrono::hours(1));
}

}  // namespace
}  // namespace slipway
