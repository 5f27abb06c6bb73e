#pragma once
// What may be said about samples: percentiles with how sure they are, and what stands apart.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/samples.h"

namespace slipway::measure {

/// 99.9 % is 99'900 of 100'000: integers, so that ranks are what they are on paper.
struct Percent {
  std::int64_t thousandths = 0;  // over 0, under 100'000

  [[nodiscard]] double part() const { return static_cast<double>(thousandths) / 1e5; }

  bool operator==(const Percent&) const = default;
};

/// "99.9".
[[nodiscard]] std::string text_of(Percent percent);

/// "50,90,99.9": over 0 and under 100, of three decimals at most.
///
/// Errors  invalid_input
Result<std::vector<Percent>> parse_percents(std::string_view text);

/// The rank of a percentile among so many samples, 1 being the smallest: floor(count * percent) +
/// 1, as LoadGen takes it.
[[nodiscard]] std::int64_t rank_of(std::int64_t count, Percent percent);

/// Ranks of two samples, 1 being the smallest, between which a percentile of what was sampled lies.
struct Ranks {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// The ranks that hold a percentile between them with a probability of 95 % at least, 2.5 % at most
/// on either side, whatever the distribution; nothing where `count` samples cannot do that. The
/// samples must be independent.
///
/// Source  David, Nagaraja 2003, "Order statistics", section 7.1: the number of samples below the
///         percentile is binomial
[[nodiscard]] std::optional<Ranks> ranks_of(std::int64_t count, Percent percent);

/// The least count for which ranks_of() has an answer.
[[nodiscard]] std::int64_t samples_needed(Percent percent);

struct Percentile {
  struct Estimate {
    std::int64_t value = 0;  // the sample of rank floor(count * percent) + 1, as LoadGen takes it
    std::int64_t low = 0;    // of the 95 % interval
    std::int64_t high = 0;
  };

  Percent percent;
  std::optional<Estimate> ns;  // nothing where the samples are too few
  std::int64_t needs = 0;      // how many there must be
  /// The number of independent samples that say as much about it: the interval is that of so many.
  std::int64_t independent = 0;
};

struct Summary {
  std::int64_t count = 0;
  double mean = 0;  // all in nanoseconds
  double stdev = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::vector<Percentile> percentiles;
  /// Outside of Tukey's fences: 1.5 times the distance of the quartiles below the lower one, or
  /// above the upper one. They are counted, and stay in everything else.
  ///
  /// Source  Tukey 1977, "Exploratory data analysis", section 2D
  std::int64_t low_outliers = 0;
  std::int64_t high_outliers = 0;
  double lag1 = 0;  // correlation of neighbours
  /// The least of the percentiles': where neighbours are alike (lag1 over 0.1), those over a
  /// percentile come in groups, and a group says little more than one of it. Else count.
  std::int64_t independent = 0;
  double relative_error = 0;  // of percentiles
};

/// Needs one sample.
[[nodiscard]] Summary summary_of(const Samples& samples, const std::vector<Percent>& percents);

}  // namespace slipway::measure
