#pragma once
// When queries come that do not wait for each other.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace slipway::measure {

/// Times from the begin of a run, one after the other. They depend on nothing that happens there.
class Arrivals {
 public:
  /// Independent of each other, `rate` a second on average: gaps are exponential. Needs rate > 0.
  static Arrivals poisson(double rate, std::uint64_t seed);

  /// The first at once, then one each 1/rate seconds. Needs rate > 0.
  static Arrivals constant(double rate);

  /// A line each: seconds from the begin, none before that of the line above. Empty lines and what
  /// stands behind a # do not count.
  ///
  /// Errors  invalid_input, with the line
  static Result<Arrivals> trace(std::string_view text);

  /// Nothing behind the end of a trace.
  std::optional<std::chrono::nanoseconds> next();

  /// Where a trace ends.
  [[nodiscard]] std::optional<std::int64_t> count() const {
    return rate_ > 0 ? std::nullopt : std::optional(std::ssize(times_));
  }

 private:
  Arrivals(double rate, bool is_even, std::uint64_t seed)
      : rate_(rate), is_even_(is_even), random_(seed) {}

  double rate_;  // 0: of a trace
  bool is_even_;
  Random random_;
  double at_s_ = 0;
  std::int64_t index_ = 0;
  std::vector<std::chrono::nanoseconds> times_;
};

}  // namespace slipway::measure
