#pragma once
// Activations with a number of their own.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = x/2 * (1 + erf(x / sqrt(2))), or its approximation
/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
///
/// Shapes  x [...]  ->  y [...]
/// Types   f32; quantized i8, u8, i16 by table
/// Errors  unsupported: other types
/// Cost    one operation per element
/// Source  Hendrycks, Gimpel 2016; ONNX Gelu-20; TensorFlow Lite GELU
struct Gelu {
  bool approximate = false;

  static constexpr auto kName = "Gelu";
  static constexpr auto kFields = std::tuple{Field{"approximate", &Gelu::approximate}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Gelu&) const = default;
};

/// y = x where x > 0, slope * x elsewhere
///
/// Shapes  x [...]  ->  y [...]
/// Types   f32; quantized i8, u8, i16: both branches rescaled
/// Errors  unsupported: other types
/// Cost    one operation per element
/// Source  ONNX LeakyRelu-16; TensorFlow Lite LEAKY_RELU; Maas et al. 2013, section 2
struct LeakyRelu {
  float slope = 0.01F;

  static constexpr auto kName = "LeakyRelu";
  static constexpr auto kFields = std::tuple{Field{"slope", &LeakyRelu::slope}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const LeakyRelu&) const = default;
};

/// y = x where x >= 0, slope * x elsewhere, with a slope per element that broadcasts
///
/// Shapes  x [...], slope [broadcasts to x]  ->  y [...]
/// Types   f32; quantized i8, u8 or i16, all three of one type
/// Errors  invalid_input: a slope that does not broadcast to x; unsupported: other types
/// Cost    one operation per element
/// Source  ONNX PRelu-16; TensorFlow Lite PRELU; He et al. 2015
struct PRelu {
  static constexpr auto kName = "PRelu";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const PRelu&) const = default;
};

}  // namespace slipway::ops
