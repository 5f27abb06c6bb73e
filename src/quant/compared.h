#pragma once
// How far a value of one network is from the same value of another one, on many pictures.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "quant/histogram.h"
#include "quant/quality.h"

namespace slipway::quant {

/// By what each channel of a value must be multiplied to be the other network's: quantizing brings
/// channels of layers that follow each other to one size, which changes nothing behind them.
class ChannelScales {
 public:
  /// The numbers of one picture; channels are the last dimension, of which there are `channels`.
  void add(std::span<const float> should, std::span<const float> is, std::size_t channels);

  /// One for each channel (least squares), where that takes most of the difference away: three
  /// quarters of its square; none where it does not.
  [[nodiscard]] std::vector<float> scales() const;

  /// The smallest and largest number of both, those of the second one scaled.
  [[nodiscard]] std::pair<float, float> range() const { return {low_, high_}; }

 private:
  std::vector<double> aa_;
  std::vector<double> ab_;
  std::vector<double> bb_;
  float low_ = 0;
  float high_ = 0;
};

/// One channel on all pictures.
struct Channel {
  static constexpr std::size_t kBins = 24;

  double squares = 0;  // of what should be
  double squared_errors = 0;
  std::array<float, 2> low{};  // of what should be, of what is
  std::array<float, 2> high{};
  /// How many numbers lie in each of equal parts of the layer's range, of both; what lies outside
  /// is in the outermost.
  std::array<std::array<std::uint32_t, kBins>, 2> counts{};

  [[nodiscard]] double sqnr_db() const { return decibels(squares, squared_errors); }
};

/// Sums over the numbers of one value, picture by picture: memory that does not grow with them.
class Compared {
 public:
  /// More channels than that are no channels but a vector of numbers.
  static constexpr std::size_t kMostChannels = 4096;

  Compared() = default;

  /// `channels` is the last dimension; `low` to `high` are the outermost bins of a channel.
  Compared(std::size_t channels, std::vector<float> scales, float low, float high);

  /// Needs as many of both.
  void add(std::span<const float> should, std::span<const float> is);

  [[nodiscard]] const Quality& quality() const { return quality_; }

  /// The mean difference, and the part of the numbers that do not differ.
  [[nodiscard]] double mean_error() const {
    return count_ == 0 ? 0 : errors_ / static_cast<double>(count_);
  }

  [[nodiscard]] double equal() const {
    return count_ == 0 ? 1 : static_cast<double>(equal_) / static_cast<double>(count_);
  }

  [[nodiscard]] const Histogram& should() const { return histograms_[0]; }

  [[nodiscard]] const Histogram& is() const { return histograms_[1]; }

  [[nodiscard]] std::span<const Channel> channels() const { return channels_; }

  /// By what channels of `is` were multiplied; empty: by nothing.
  [[nodiscard]] std::span<const float> scales() const { return scales_; }

  [[nodiscard]] float low() const { return low_; }

  [[nodiscard]] float high() const { return high_; }

 private:
  Quality quality_;
  std::array<Histogram, 2> histograms_;
  std::vector<Channel> channels_;
  std::vector<float> scales_;
  std::vector<float> scaled_;  // the numbers of one picture
  float low_ = 0;
  float high_ = 0;
  double errors_ = 0;
  std::int64_t equal_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace slipway::quant
