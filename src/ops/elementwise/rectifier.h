#pragma once
// Activations with a number of their own.

#include <tuple>

#include "ir/op.h"
#include "ops/dtypes.h"

namespace slipway::ops {

/// y = f(x; alpha, beta): one struct for all; a row of the table in rectifier.cc says what each
/// computes.
///
/// Shapes  x [...]  ->  y [...]
/// Types   f32, f16, bf16, f64; Elu also quantized i8, by table
/// Errors  invalid_input: a number that is not finite; unsupported: other types
/// Cost    one operation per element
/// Source  the ONNX operators of the same names
template <class Kind>
struct Curve {
  float alpha = Kind::kAlpha;
  float beta = Kind::kBeta;

  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields =
      std::tuple{Field{"alpha", &Curve::alpha}, Field{"beta", &Curve::beta}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Curve&) const = default;
};

/// x where x > 0, alpha * (e^(x / alpha) - 1) elsewhere
struct CeluKind {
  static constexpr auto kName = "Celu";
  static constexpr float kAlpha = 1.0F;
  static constexpr float kBeta = 0.0F;
};

/// x where x >= 0, alpha * (e^x - 1) elsewhere
struct EluKind {
  static constexpr auto kName = "Elu";
  static constexpr float kAlpha = 1.0F;
  static constexpr float kBeta = 0.0F;
};

/// max(0, min(1, alpha * x + beta))
struct HardSigmoidKind {
  static constexpr auto kName = "HardSigmoid";
  static constexpr float kAlpha = 0.2F;
  static constexpr float kBeta = 0.5F;
};

/// beta * x where x > 0, beta * alpha * (e^x - 1) elsewhere
struct SeluKind {
  static constexpr auto kName = "Selu";
  static constexpr float kAlpha = 1.67326319F;
  static constexpr float kBeta = 1.05070102F;
};

/// x - beta where x > alpha, x + beta where x < -alpha, 0 between
struct ShrinkKind {
  static constexpr auto kName = "Shrink";
  static constexpr float kAlpha = 0.5F;
  static constexpr float kBeta = 0.0F;
};

/// x / (1 + e^(-alpha * x))
struct SwishKind {
  static constexpr auto kName = "Swish";
  static constexpr float kAlpha = 1.0F;
  static constexpr float kBeta = 0.0F;
};

/// x where x > alpha, 0 elsewhere
struct ThresholdedReluKind {
  static constexpr auto kName = "ThresholdedRelu";
  static constexpr float kAlpha = 1.0F;
  static constexpr float kBeta = 0.0F;
};

using Celu = Curve<CeluKind>;
using Elu = Curve<EluKind>;
using HardSigmoid = Curve<HardSigmoidKind>;
using Selu = Curve<SeluKind>;
using Shrink = Curve<ShrinkKind>;
using Swish = Curve<SwishKind>;
using ThresholdedRelu = Curve<ThresholdedReluKind>;

/// y = x/2 * (1 + erf(x / sqrt(2))), or its approximation
/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
///
/// Shapes  x [...]  ->  y [...]
/// Types   f32, f16, bf16, f64; quantized i8, u8, i16 by table
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
/// Types   f32, f16, bf16, f64; quantized i8, u8, i16: both branches rescaled
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
/// Types   floats and whole numbers, the slope of the same type; quantized i8, u8, the slope of
///         the same type, and i16 with a slope of i8
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
