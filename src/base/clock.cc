#include "base/clock.h"

#include <thread>

#include <fmt/core.h>

namespace slipway {
namespace {

/// Sleepers are woken up to 50 µs late by Linux, which gathers its timers, and then need a core.
constexpr std::chrono::nanoseconds kAwake = std::chrono::microseconds(100);

}  // namespace

void Clock::wait_until(Time time) const {
  while (now() < time) std::this_thread::yield();
}

Clock::Time SystemClock::now() const { return std::chrono::steady_clock::now(); }

std::int64_t SystemClock::unix_seconds() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

std::string date_text(std::int64_t unix_seconds) {
  const std::chrono::sys_seconds at{std::chrono::seconds(unix_seconds)};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss<std::chrono::seconds> time(at - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

void SystemClock::wait_until(Time time) const {
  const auto left = time - now();
  if (left > kAwake) std::this_thread::sleep_for(left - kAwake);
  while (now() < time) {
  }
}

}  // namespace slipway
