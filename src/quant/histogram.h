#pragma once
// What one value of a network is on many pictures, in a memory that does not grow with them.

#include <array>
#include <cstdint>
#include <span>

#include "base/json.h"

namespace slipway::quant {

/// Counts of numbers in bins whose width is a power of two, as narrow as the largest number seen
/// allows: a wider number makes pairs of bins one. No bins lie below 0 where no numbers do. What is
/// counted in the end depends on the numbers, not on their order.
class Histogram {
 public:
  static constexpr std::int64_t kBins = 2048;  // 16 KB

  /// The numbers of one picture. Those that are not finite are counted apart.
  void add(std::span<const float> values);

  /// All that another one has seen.
  void merge(const Histogram& other);

  [[nodiscard]] std::int64_t pictures() const { return pictures_; }

  /// Finite numbers, and how many of them are 0.
  [[nodiscard]] std::int64_t count() const { return count_; }

  [[nodiscard]] std::int64_t zeros() const { return zeros_; }

  [[nodiscard]] std::int64_t not_finite() const { return not_finite_; }

  /// 0 is one of the numbers, whether it was seen or not.
  [[nodiscard]] float min() const { return min_; }

  [[nodiscard]] float max() const { return max_; }

  /// The mean of the smallest and of the largest numbers of each picture.
  [[nodiscard]] double mean_min() const;
  [[nodiscard]] double mean_max() const;

  [[nodiscard]] double width() const;

  /// Where bin `i` begins.
  [[nodiscard]] double begin_of(std::int64_t i) const;

  /// How many numbers lie in each bin, those that are 0 among them.
  [[nodiscard]] std::span<const std::int64_t, kBins> counts() const { return counts_; }

  [[nodiscard]] Json to_json() const;

  /// Errors  corrupt: not what to_json() wrote
  static Result<Histogram> from_json(const Json& json);

  bool operator==(const Histogram&) const = default;

 private:
  void widen(float low, float high);
  void place(int exponent, std::int64_t first);

  std::array<std::int64_t, kBins> counts_{};
  int exponent_ = kLeastExponent;  // bins are 2^exponent wide
  std::int64_t first_ = 0;         // bin 0 begins at first * width
  std::int64_t pictures_ = 0;
  std::int64_t count_ = 0;
  std::int64_t zeros_ = 0;
  std::int64_t not_finite_ = 0;
  float min_ = 0;
  float max_ = 0;
  double sum_of_min_ = 0;
  double sum_of_max_ = 0;

  static constexpr int kLeastExponent = -100;
};

}  // namespace slipway::quant
