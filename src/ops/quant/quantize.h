#pragma once
// From one element type to another.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = round(x / scale) + zero point, saturated; halves are rounded away from zero. Integers are
/// rescaled from their scale to that of y.
///
/// Shapes  x [...]  ->  y [...]
/// Types   x f32 or quantized i8, u8, i16; y i8, u8 or i16 as `to` says, with the scale that the
///         graph states for it
/// Errors  unsupported: other types, no scale
/// Cost    one operation per element
/// Source  TensorFlow Lite QUANTIZE; ONNX QuantizeLinear-19 (which rounds halves to even)
struct Quantize {
  DType to = DType::u8;

  static constexpr auto kName = "Quantize";
  static constexpr auto kFields = std::tuple{Field{"to", &Quantize::to}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Quantize&) const = default;
};

/// y = scale * (x - zero point)
///
/// Shapes  x [...]  ->  y f32[...]
/// Types   x i8, u8, i16 with one scale or one per slice of an axis; or f16
/// Errors  unsupported: other types, no scale
/// Cost    one operation per element
/// Source  TensorFlow Lite DEQUANTIZE; ONNX DequantizeLinear-19
struct Dequantize {
  static constexpr auto kName = "Dequantize";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Dequantize&) const = default;
};

/// y = x as another type. Floats lose their fraction and saturate, not-a-number becomes the largest
/// whole number; whole numbers keep their lower bits; bool is x != 0.
///
/// Shapes  x [...]  ->  y [...]
/// Types   any to any; scales are ignored
/// Cost    one operation per element
/// Source  TensorFlow Lite CAST; ONNX Cast-19
struct Cast {
  DType to = DType::f32;

  static constexpr auto kName = "Cast";
  static constexpr auto kFields = std::tuple{Field{"to", &Cast::to}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Cast&) const = default;
};

/// y = x after a trip through integers: clamped to [min, max], which is nudged so that 0 is one of
/// the 2^bits steps (one fewer if `narrow_range`), and rounded to a step.
///
/// Shapes  x f32[...]  ->  y f32[...]
/// Errors  invalid_input: bits outside 2..16, min >= max, or 0 outside of them
/// Cost    two operations per element
/// Source  Jacob et al. 2018, section 3; TensorFlow Lite FAKE_QUANT
struct FakeQuant {
  float min = -6.0F;
  float max = 6.0F;
  std::int64_t bits = 8;
  bool narrow_range = false;

  static constexpr auto kName = "FakeQuant";
  static constexpr auto kFields =
      std::tuple{Field{"min", &FakeQuant::min}, Field{"max", &FakeQuant::max},
                 Field{"bits", &FakeQuant::bits}, Field{"narrow_range", &FakeQuant::narrow_range}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const FakeQuant&) const = default;
};

}  // namespace slipway::ops
