#pragma once
// The door to time. Nothing else in the tree asks the machine what time it is.

#include <chrono>

namespace slipway {

class Clock {
 public:
  using Time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

  virtual ~Clock() = default;

  /// Never runs backwards; its zero means nothing.
  [[nodiscard]] virtual Time now() const = 0;
};

/// Milliseconds from `start` to `end`.
[[nodiscard]] inline double milliseconds(Clock::Time start, Clock::Time end) {
  return std::chrono::duration<double, std::milli>(end - start).count();
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
};

/// The twin: stands still until told.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }

  void advance(std::chrono::nanoseconds by) { now_ += by; }

 private:
  Time now_{};
};

}  // namespace slipway
