#pragma once
// The seam to sensors: what a source of telemetry is.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/program.h"

namespace slipway::measure {

/// A sensor that is here. Units: "%", "MHz", "°C", "MiB", "1/s", "W".
struct Channel {
  std::string name;  // "cpu_load"; no other source has one of that name
  std::string unit;

  bool operator==(const Channel&) const = default;
};

/// One that is not, and why: "no sensor of /sys/class/hwmon tells it".
struct Missing {
  std::string name;
  std::string why;

  bool operator==(const Missing&) const = default;
};

/// What sources read from.
struct Doors {
  const Files& files;
  const Programs* programs = nullptr;  // nullptr: none may run
  std::string search_path;             // where programs lie, as in PATH
};

class Source {
 public:
  virtual ~Source() = default;

  /// What is here, and what is not: found out once, when the source is made.
  [[nodiscard]] virtual const std::vector<Channel>& channels() const = 0;
  [[nodiscard]] virtual const std::vector<Missing>& missing() const = 0;

  /// Not to be asked more often than this.
  [[nodiscard]] virtual std::chrono::nanoseconds interval() const {
    return std::chrono::nanoseconds(0);
  }

  /// The next sample is a first one.
  virtual void forget() {}

  /// A value for each channel, in that order; nothing, and never 0, where a sensor gave none. What
  /// is per second, or a part of the time, is that since the call before, and nothing in the first.
  [[nodiscard]] virtual std::vector<std::optional<double>> sample(Clock::Time now) = 0;
};

}  // namespace slipway::measure
