#pragma once
// Many times of one thing, kept in constant memory: what statistics are made of.

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace slipway::measure {

/// Nanoseconds, in the order in which they were measured. Memory is 1 MiB however many there are:
/// the first 65,536 are kept as they are and give exact percentiles; all are counted in a histogram
/// whose buckets grow with the value (1,024 to each power of two), which gives percentiles within
/// 0.05 % once there are more. Mean, deviation, least and most are exact always.
///
/// Source  Gil Tene, HdrHistogram: the buckets; Welford 1962, "Note on a method for calculating
///         corrected sums of squares and products", and Chan, Golub, LeVeque 1979 for joining two:
///         mean and deviation
class Samples {
 public:
  static constexpr std::int64_t kExact = 1 << 16;
  static constexpr double kRelativeError = 1.0 / 2048;  // of percentiles of more than kExact

  Samples();

  /// Needs ns >= 0.
  void add(std::int64_t ns);

  /// Joins others to these. What follows each other is told apart: the last of these does not count
  /// as the one before the first of those.
  void add(const Samples& others);

  [[nodiscard]] std::int64_t count() const { return count_; }

  /// Whether percentiles are exact.
  [[nodiscard]] bool is_exact() const { return count_ <= kExact; }

  // These need one sample.
  [[nodiscard]] double mean() const { return mean_; }

  [[nodiscard]] std::int64_t min() const { return min_; }

  [[nodiscard]] std::int64_t max() const { return max_; }

  /// Of a larger population: divided by count - 1. 0 for one sample.
  [[nodiscard]] double stdev() const;

  /// How alike neighbours are: the correlation of each sample with the next, -1 to 1; 0 where it
  /// cannot be told.
  [[nodiscard]] double lag1() const;

  /// How much samples of at least `ns` come in groups: the variance of their number by what it were
  /// if samples were independent; 1 at least. Told from the samples that are kept as they are.
  ///
  /// Source  Sokal 1997, "Monte Carlo methods in statistical mechanics": where to cut the sum of
  ///         autocorrelations
  [[nodiscard]] double grouping(std::int64_t ns) const;

  /// The samples with these ranks, 1 being the smallest. Needs ranks from 1 to count().
  [[nodiscard]] std::vector<std::int64_t> at(std::span<const std::int64_t> ranks) const;

  /// Some of the samples, counted.
  struct Bucket {
    std::int64_t low = 0;   // nanoseconds
    std::int64_t high = 0;  // the first that does not belong to it
    std::int64_t count = 0;
  };

  /// All samples, by time: buckets that are not empty, 256 to each power of two, so that each is at
  /// most 0.4 % wide (or 1 ns).
  [[nodiscard]] std::vector<Bucket> histogram() const;

  /// All of it as bytes, for another process of this program.
  [[nodiscard]] Bytes packed() const;

  /// Errors  corrupt: what packed() did not write
  [[nodiscard]] static Result<Samples> unpacked(BytesView bytes);

  /// How many are smaller, or larger; buckets count by their middle.
  [[nodiscard]] std::int64_t count_below(double ns) const;
  [[nodiscard]] std::int64_t count_above(double ns) const;

 private:
  /// How two series go together, each sample of the one with that of the other.
  struct Together {
    std::int64_t count = 0;
    double mean_x = 0;
    double mean_y = 0;
    double squares_x = 0;  // sum of (x - mean_x)^2
    double squares_y = 0;
    double products = 0;  // sum of (x - mean_x) (y - mean_y)

    void add(double x, double y);
    void add(const Together& others);
  };

  std::int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // sum of (x - mean)^2
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  std::int64_t last_ = 0;
  Together neighbours_;
  std::vector<std::int64_t> first_;    // as long as there are at most kExact
  std::vector<std::int64_t> buckets_;  // how many are in each
};

}  // namespace slipway::measure
