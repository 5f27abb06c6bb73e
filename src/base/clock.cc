#include "base/clock.h"

#include <thread>

namespace slipway {
namespace {

/// Sleepers are woken up to 50 µs late by Linux, which gathers its timers, and then need a core.
constexpr std::chrono::nanoseconds kAwake = std::chrono::microseconds(100);

}  // namespace

void Clock::wait_until(Time time) const {
  while (now() < time) std::this_thread::yield();
}

Clock::Time SystemClock::now() const { return std::chrono::steady_clock::now(); }

void SystemClock::wait_until(Time time) const {
  const auto left = time - now();
  if (left > kAwake) std::this_thread::sleep_for(left - kAwake);
  while (now() < time) {
  }
}

}  // namespace slipway
