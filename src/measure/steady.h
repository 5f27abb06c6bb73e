#pragma once
// Whether what was measured stayed the same from begin to end.

#include <cstdint>
#include <span>
#include <vector>

namespace slipway::measure {

/// How samples went, in constant memory: the medians of up to 32 windows of as many samples each.
/// When they are full, two become one. A window keeps up to 64 samples, evenly spread.
class Course {
 public:
  static constexpr std::size_t kWindows = 32;

  void add(std::int64_t ns);

  /// Oldest first; the last one is left out where less than half of it is there.
  [[nodiscard]] std::vector<double> medians() const;

 private:
  static constexpr std::int64_t kFirst = 16;  // samples of a window, in the beginning
  static constexpr std::int64_t kKept = 64;

  void halve();

  [[nodiscard]] std::int64_t stride() const { return length_ > kKept ? length_ / kKept : 1; }

  std::int64_t length_ = kFirst;
  std::int64_t in_last_ = 0;  // samples that fell into the last window
  std::vector<std::vector<std::int64_t>> windows_;
};

struct Steadiness {
  enum class Is : std::uint8_t {
    unknown,  // windows are too few
    steady,
    drifts,  // there is a trend, and it matters
    uneven,  // its last parts are too far apart
  };

  Is is = Is::unknown;
  double drift = 0;   // from begin to end, as part of the median: 0.05 is slower by 5 %
  double chance = 1;  // of a trend at least as clear where there is none
  double spread = 1;  // slowest by fastest of the last three eighths
};

/// A trend matters from 3 % on and with a chance under 1 %; parts are too far apart from 10 % on.
///
/// Source  Mann 1945, "Nonparametric tests against trend"; Sen 1968, "Estimates of the regression
///         coefficient based on Kendall's tau"; the three windows within 10 % are perf_analyzer's
[[nodiscard]] Steadiness steadiness_of(std::span<const double> medians);

}  // namespace slipway::measure
