#pragma once
// Probabilities over the last dimension.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y[..., c] = exp(beta * x[..., c]) / sum_k exp(beta * x[..., k])
///
/// Shapes  x [..., C]  ->  y [..., C]
/// Types   f32; quantized u8 and i8 to the same, or to i16 if `wide`; i16. Quantized outputs span
///         [0, 1): scale 1/256 (i16: 1/32768), zero point at the lower end (i16: 0)
/// Errors  invalid_input: a scalar, a beta that is not above 0; unsupported: other types or scales
/// Cost    three operations per element
/// Source  TensorFlow Lite SOFTMAX; ONNX Softmax-13 for its last axis
struct Softmax {
  float beta = 1.0F;
  bool wide = false;

  static constexpr auto kName = "Softmax";
  static constexpr auto kFields =
      std::tuple{Field{"beta", &Softmax::beta}, Field{"wide", &Softmax::wide}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Softmax&) const = default;
};

/// y[..., c] = x[..., c] - log(sum_k exp(x[..., k]))
///
/// Shapes  x [..., C]  ->  y [..., C]
/// Types   f32; quantized u8, i8, with an output scale of 1/16 that ends at 0
/// Errors  invalid_input: a scalar; unsupported: other types or scales
/// Cost    three operations per element
/// Source  TensorFlow Lite LOG_SOFTMAX
struct LogSoftmax {
  static constexpr auto kName = "LogSoftmax";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const LogSoftmax&) const = default;
};

}  // namespace slipway::ops
