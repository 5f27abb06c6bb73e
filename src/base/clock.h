#pragma once
// The door to time. Nothing else in the tree asks the machine what time it is.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace slipway {

class Clock {
 public:
  using Time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

  virtual ~Clock() = default;

  /// Never runs backwards; its zero means nothing.
  [[nodiscard]] virtual Time now() const = 0;

  /// The date, in seconds since 1970 UTC; for people, it may jump. 0 where nobody knows it.
  [[nodiscard]] virtual std::int64_t unix_seconds() const { return 0; }

  /// Comes back when now() is `time` or later. Here: asks again and again, and lets others run in
  /// between.
  virtual void wait_until(Time time) const;
};

/// "2026-01-31T23:59:59Z".
[[nodiscard]] std::string date_text(std::int64_t unix_seconds);

/// Milliseconds from `start` to `end`.
[[nodiscard]] inline double milliseconds(Clock::Time start, Clock::Time end) {
  return std::chrono::duration<double, std::milli>(end - start).count();
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] std::int64_t unix_seconds() const override;

  /// Sleeps, and for the last moment, in which a sleeper could be woken too late, stays awake.
  void wait_until(Time time) const override;
};

/// The twin: stands still until told. Who waits makes it jump.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }

  [[nodiscard]] std::int64_t unix_seconds() const override {
    constexpr std::int64_t kNewYear = 1'767'225'600;  // 2026
    return kNewYear +
           std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
  }

  void wait_until(Time time) const override { now_ = std::max(now_, time); }

  void advance(std::chrono::nanoseconds by) { now_ += by; }

 private:
  mutable Time now_{};
};

}  // namespace slipway
