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
  struct Options {
    Activation activation = Activation::none;
    Rounding rounding = Rounding::twice;
    // Whether the product of the scales is rounded to float, as it is for weights of u8 unless the
    // rounding is real: the generations of the arithmetic differ there (quantized_arithmetic.md,
    // "Multipliers").
    bool float_product = false;
  };

  /// Needs x, w and y to be quantized, w along its last axis or per tensor.
  Rescale(const TensorType& x, const TensorType& w, const TensorType& y, const Options& options);

  [[nodiscard]] std::int32_t operator()(std::int32_t sum, std::size_t channel) const {
    if (is_real()) return real(static_cast<double>(sum), channel);
    return clamp(fixed::scale(sum, multipliers_[per_channel_ ? channel : 0], rounding_));
  }

  [[nodiscard]] std::int32_t operator()(std::int64_t sum, std::size_t channel) const {
    if (is_real()) return real(static_cast<double>(sum), channel);
    return clamp(fixed::scale_wide(sum, multipliers_[per_channel_ ? channel : 0]));
  }

 private:
  [[nodiscard]] std::int32_t clamp(std::int64_t scaled) const {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(scaled + zero_point_, range_.low, range_.high));
  }

  [[nodiscard]] bool is_real() const {
    return rounding_ == Rounding::real || rounding_ == Rounding::away;
  }

  [[nodiscard]] std::int32_t real(double sum, std::size_t channel) const {
    const double exact = sum * scales_[per_channel_ ? channel : 0];
    const double scaled = rounding_ == Rounding::away ? std::round(exact) : std::nearbyint(exact);
    return clamp(static_cast<std::int64_t>(std::clamp(scaled, -1e9, 1e9)));
  }

  std::vector<fixed::Multiplier> multipliers_;
  std::vector<double> scales_;
  bool per_channel_;
  std::int32_t zero_point_;
  fixed::Range range_;
  Rounding rounding_;
};

}  // namespace slipway
