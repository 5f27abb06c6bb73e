#pragma once
// How far numbers are from those that they should be.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/json.h"

namespace slipway::quant {

/// The number of the largest element, the first of equal ones.
[[nodiscard]] std::int64_t top(std::span<const float> values);

/// Sums over the numbers of one output, picture by picture.
class Quality {
 public:
  /// Needs as many of both.
  void add(std::span<const float> should, std::span<const float> is);

  /// 10 log10(range^2 / mean squared error) in dB, where range is that of what should be; 100 where
  /// nothing differs.
  [[nodiscard]] double psnr_db() const;

  /// 10 log10(mean square / mean squared error) in dB; 100 where nothing differs.
  [[nodiscard]] double sqnr_db() const;

  [[nodiscard]] double largest_error() const { return largest_error_; }

  /// Pictures, and of how many the largest element is the same one.
  [[nodiscard]] std::int64_t pictures() const { return pictures_; }

  [[nodiscard]] std::int64_t agree() const { return agree_; }

  /// The picture with the largest mean squared error, counted from 0.
  [[nodiscard]] std::int64_t worst_picture() const { return worst_picture_; }

  [[nodiscard]] Json to_json() const;

  /// Errors  corrupt: not what to_json() wrote
  static Result<Quality> from_json(const Json& json);

  bool operator==(const Quality&) const = default;

 private:
  std::int64_t pictures_ = 0;
  std::int64_t agree_ = 0;
  std::int64_t count_ = 0;
  std::int64_t worst_picture_ = 0;
  double worst_ = -1;  // mean squared error of that picture
  double min_ = 0;
  double max_ = 0;
  double squares_ = 0;
  double squared_errors_ = 0;
  double largest_error_ = 0;
};

/// "poor" below 20 dB, "acceptable" below 25, "good" to 30, "very good".
[[nodiscard]] std::string_view verdict(double psnr_db);

/// 10 log10(signal / noise) in dB, at most 100.
[[nodiscard]] double decibels(double signal, double noise);

}  // namespace slipway::quant
