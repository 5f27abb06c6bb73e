#pragma once
// From the accumulator of an integer convolution or matrix product to its output.

#include <cmath>
#include <vector>

#include "ops/activation.h"
#include "ops/quant/fixed_point.h"

namespace slipway {

/// Scales accumulators of scale x.scale * w.scale[channel] to the output's type, adds its zero
/// point and clamps.
class Rescale {
 public:
  /// How the fixed-point multiplier is made and used.
  struct Fields {
    Activation activation = Activation::none;
    Rounding rounding = Rounding::twice;
    bool float_product = false;  // x.scale * w.scale is rounded to float (quantized_arithmetic.md)
  };

  /// Needs x, w and y to be quantized, w along its last axis or per tensor.
  Rescale(const TensorType& x, const TensorType& w, const TensorType& y, const Fields& fields);

  [[nodiscard]] std::int32_t operator()(std::int32_t sum, std::size_t channel) const {
    if (is_real_) return real(static_cast<double>(sum), channel);
    return clamp(fixed::scale(sum, multipliers_[per_channel_ ? channel : 0], rounding_));
  }

  [[nodiscard]] std::int32_t operator()(std::int64_t sum, std::size_t channel) const {
    if (is_real_) return real(static_cast<double>(sum), channel);
    return clamp(fixed::scale_wide(sum, multipliers_[per_channel_ ? channel : 0]));
  }

  /// The numbers behind it, for compilers that look for faster forms.
  [[nodiscard]] fixed::Multiplier multiplier(std::size_t channel) const {
    return multipliers_[per_channel_ ? channel : 0];
  }

  [[nodiscard]] double scale(std::size_t channel) const {
    return scales_[per_channel_ ? channel : 0];
  }

  [[nodiscard]] std::int32_t zero_point() const { return zero_point_; }

  [[nodiscard]] fixed::Range range() const { return range_; }

  [[nodiscard]] Rounding rounding() const { return rounding_; }

  [[nodiscard]] bool per_channel() const { return per_channel_; }

 private:
  [[nodiscard]] std::int32_t clamp(std::int64_t scaled) const {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(scaled + zero_point_, range_.low, range_.high));
  }

  [[nodiscard]] std::int32_t real(double sum, std::size_t channel) const {
    const double scale = scales_[per_channel_ ? channel : 0];
    if (rounding_ == Rounding::real)
      return clamp(fixed::whole(std::round(sum * scale), -1e12, 1e12));
    return clamp(fixed::real_even(static_cast<float>(sum) * static_cast<float>(scale)));
  }

  std::vector<fixed::Multiplier> multipliers_;
  std::vector<double> scales_;
  bool per_channel_;
  std::int32_t zero_point_;
  fixed::Range range_;
  Rounding rounding_;
  bool is_real_;
};

}  // namespace slipway
