#pragma once
// From one element type to another.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = round(x / scale) + zero point, saturated; halves are rounded away from zero, or to even if
/// `halves_to_even`. Integers are rescaled from their scale to that of y.
///
/// Scales may be inputs instead of part of a type: one; or one per slice of `axis`, as [d(axis)];
/// or one per `block` elements along it, shaped as x with d(axis) divided by `block`, rounded up.
///
/// Shapes  x [...], optional scale and zero  ->  y [...]
/// Types   x f32 or quantized i8, u8, i16; y i8, u8 or i16 as `to` says, with the scale that the
///         graph states for it. With the input `scale` (any float but f64; zero as y, 0 where left
///         out): x f32, f16, bf16, i32; y i8, u8, i16 or u16 without a scale
/// Errors  unsupported: other types, no scale; invalid_input: scales that do not fit x
/// Cost    one operation per element
/// Source  TensorFlow Lite QUANTIZE; ONNX QuantizeLinear-21 (which rounds halves to even)
struct Quantize {
  DType to = DType::u8;
  std::int64_t axis = -1;
  std::int64_t block = 0;
  std::int64_t bits = 0;  // 4: y stays in the range of 4 bits; 0: of its type
  bool halves_to_even = false;

  static constexpr auto kName = "Quantize";
  static constexpr auto kFields = std::tuple{
      Field{"to", &Quantize::to}, Field{"axis", &Quantize::axis}, Field{"block", &Quantize::block},
      Field{"bits", &Quantize::bits}, Field{"halves_to_even", &Quantize::halves_to_even}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Quantize&) const = default;
};

/// y = scale * (x - zero point), with scales as Quantize has them
///
/// Shapes  x [...], optional scale and zero  ->  y [...]
/// Types   x i8, u8, i16, u16, i32 with one scale or one per slice of an axis; or f16; y f32. With
///         the input `scale` (zero as x, 0 where left out): the same x without a scale; y as
///         `scale`: f32, f16 or bf16
/// Errors  unsupported: other types, no scale; invalid_input: scales that do not fit x
/// Cost    one operation per element
/// Source  TensorFlow Lite DEQUANTIZE; ONNX DequantizeLinear-21
struct Dequantize {
  std::int64_t axis = -1;
  std::int64_t block = 0;

  static constexpr auto kName = "Dequantize";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Dequantize::axis}, Field{"block", &Dequantize::block}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Dequantize&) const = default;
};

/// Quantizes with a scale and zero point that are found from the range of x, widened to include 0.
///
///   scale = (max - min) / 255   zero = saturate(round(-min / scale))
///   y = saturate(round(x / scale) + zero), halves to even
///
/// Shapes  x f32[...]  ->  y u8[...], scale f32[], zero u8[]
/// Cost    four operations per element
/// Source  ONNX DynamicQuantizeLinear-11
struct DynamicQuantize {
  static constexpr auto kName = "DynamicQuantize";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const DynamicQuantize&) const = default;
};

/// The integers of x as they are, with the scale that the graph states for y: none where it states
/// none. Where one operator of a file takes integers as numbers, and another as steps of a scale.
///
/// Shapes  x [...]  ->  y [...]
/// Types   u8, i8, u16, i16, i32
/// Source  own
struct Reinterpret {
  static constexpr auto kName = "Reinterpret";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Reinterpret&) const = default;
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
