#pragma once
// Dividing by the size of the neighbours along the channels.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y[..., c] = x[..., c] / max(sqrt(sum_k x[..., k]^2), 1e-6)
///
/// Shapes  x [..., C]  ->  y [..., C]
/// Types   f32; quantized u8, i8, with an output scale of 1/128 and its zero point in the middle
/// Errors  invalid_input: a scalar; unsupported: other types or scales
/// Cost    three operations per element
/// Source  TensorFlow Lite L2_NORMALIZATION
struct L2Normalization {
  static constexpr auto kName = "L2Normalization";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const L2Normalization&) const = default;
};

/// y[..., c] = x[..., c] / (bias + alpha * sum_k x[..., k]^2)^beta, k from c - radius to c +
/// radius, or to c + radius + 1 if `even`
///
/// Shapes  x [..., C]  ->  y [..., C]
/// Types   f32, f16, bf16, f64
/// Errors  invalid_input: a scalar, a radius below 0; unsupported: other types
/// Cost    2 * radius + 3 operations per element
/// Source  Krizhevsky et al. 2012, section 3.3; TensorFlow Lite LOCAL_RESPONSE_NORMALIZATION;
///         ONNX LRN-13, where alpha is divided by the size
struct LocalResponseNormalization {
  std::int64_t radius = 5;
  float bias = 1.0F;
  float alpha = 1.0F;
  float beta = 0.5F;
  bool even = false;

  static constexpr auto kName = "LocalResponseNormalization";
  static constexpr auto kFields = std::tuple{Field{"radius", &LocalResponseNormalization::radius},
                                             Field{"bias", &LocalResponseNormalization::bias},
                                             Field{"alpha", &LocalResponseNormalization::alpha},
                                             Field{"beta", &LocalResponseNormalization::beta},
                                             Field{"even", &LocalResponseNormalization::even}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const LocalResponseNormalization&) const = default;
};

}  // namespace slipway::ops
