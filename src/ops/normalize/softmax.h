#pragma once
// Probabilities along one dimension.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y[..., c] = exp(beta * x[..., c]) / sum_k exp(beta * x[..., k]), written for the last axis
///
/// Shapes  x [..., C]  ->  y [..., C]
/// Types   f32, f16, bf16, f64; along the last axis also quantized u8 and i8 to the same, or to i16
/// if `wide`; i16. Quantized outputs span
///         [0, 1): scale 1/256 (i16: 1/32768), zero point at the lower end (i16: 0)
/// Errors  invalid_input: an axis that x does not have, a beta that is not above 0; unsupported:
///         other types or scales
/// Cost    three operations per element
/// Source  TensorFlow Lite SOFTMAX; ONNX Softmax-13
struct Softmax {
  float beta = 1.0F;
  bool wide = false;
  std::int64_t axis = -1;

  static constexpr auto kName = "Softmax";
  static constexpr auto kFields = std::tuple{
      Field{"beta", &Softmax::beta}, Field{"wide", &Softmax::wide}, Field{"axis", &Softmax::axis}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Softmax&) const = default;
};

/// y[..., c] = x[..., c] - log(sum_k exp(x[..., k])), written for the last axis
///
/// Shapes  x [..., C]  ->  y [..., C]
/// Types   f32, f16, bf16, f64; along the last axis also quantized u8, i8, with an output scale of
/// 1/16 that ends at 0 Errors  invalid_input: an axis that x does not have; unsupported: other
/// types or scales Cost    three operations per element Source  TensorFlow Lite LOG_SOFTMAX; ONNX
/// LogSoftmax-13
struct LogSoftmax {
  std::int64_t axis = -1;

  static constexpr auto kName = "LogSoftmax";
  static constexpr auto kFields = std::tuple{Field{"axis", &LogSoftmax::axis}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const LogSoftmax&) const = default;
};

}  // namespace slipway::ops
