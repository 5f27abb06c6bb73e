#pragma once
// Weights rounded such that a layer's outputs, not the weights, come out nearest.

#include <cstdint>
#include <span>
#include <vector>

#include "quant/weights.h"

namespace slipway::quant {

/// What the weights of one output read at some places of some pictures: bytes less their zero
/// point.
struct Rows {
  std::size_t width = 0;             // weights
  std::vector<std::int16_t> values;  // [row][width]

  [[nodiscard]] std::size_t count() const { return width == 0 ? 0 : values.size() / width; }
};

/// How what the weights read varies together: [width][width], the same for all outputs that read
/// it.
class Covariance {
 public:
  explicit Covariance(const Rows& rows);

  [[nodiscard]] std::span<const float> row(std::size_t i) const {
    return std::span(values_).subspan(i * width_, width_);
  }

  [[nodiscard]] std::size_t width() const { return width_; }

 private:
  std::size_t width_ = 0;
  std::vector<float> values_;
};

/// Rounds the weights of one output, in steps, each down or up, such that the variance of what
/// rounding changes in the output is small; a mean is the bias's to take away. From the nearest
/// integers, one weight after the other goes to the other side while that helps.
///
/// Source  Nagel et al. 2020, "Up or down? Adaptive rounding for post-training quantization": its
///         quadratic problem (equation 21), for which coordinate descent takes the place of the
///         relaxation
[[nodiscard]] std::vector<std::int8_t> round_together(std::span<const float> steps,
                                                      const Covariance& covariance);

/// The variance of what rounding changes in one output, in steps, at other places.
[[nodiscard]] double rounding_error(std::span<const float> steps,
                                    std::span<const std::int8_t> rounded, const Rows& rows);

}  // namespace slipway::quant
