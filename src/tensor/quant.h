#pragma once
// What the integers of a quantized tensor stand for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace slipway {

/// real = scale * (integer - zero_point), with one pair for the tensor or one per slice of `axis`.
///
/// Source  Jacob et al. 2018, "Quantization and training of neural networks for efficient
///         integer-arithmetic-only inference", eq. 1
struct Quantization {
  std::vector<float> scale;              // one, or as many as the axis is long
  std::vector<std::int32_t> zero_point;  // as many as scales
  int axis = kPerTensor;

  static constexpr int kPerTensor = -1;

  [[nodiscard]] bool per_axis() const { return axis != kPerTensor; }

  [[nodiscard]] float scale_at(std::size_t i) const { return scale[per_axis() ? i : 0]; }

  [[nodiscard]] std::int32_t zero_at(std::size_t i) const { return zero_point[per_axis() ? i : 0]; }

  /// "q(0.0078125, 128)" or "q(axis=3, [0.5,0.25], [0,0])": as in the IR's text.
  [[nodiscard]] std::string text() const;

  bool operator==(const Quantization&) const = default;
};

/// One pair for the whole tensor.
[[nodiscard]] Quantization per_tensor(float scale, std::int32_t zero_point);

/// Errors  invalid_input: no scale, counts that differ, a scale that is not a positive finite
///         number, a zero point that `dtype` does not hold, or an axis that does not fit `shape`
Result<void> check(const Quantization& quantization, DType dtype, const Shape& shape);

}  // namespace slipway
