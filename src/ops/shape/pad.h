#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "ir/op.h"

namespace slipway {

/// What stands outside of a tensor.
enum class PadMode : std::uint8_t {
  constant,
  reflect,    // mirrored at the middle of the last element: c b | a b c | b a
  symmetric,  // mirrored behind the last element: b a | a b c | c b
  edge,       // the last element again
  wrap,       // from the other end: b c | a b c | a b
};
template <>
inline constexpr auto kEnumNames<PadMode> =
    std::to_array<std::string_view>({"constant", "reflect", "symmetric", "edge", "wrap"});

namespace ops {

/// x with more elements around it; a negative count takes away. Without `axes`, every dimension has
/// its pads.
///
/// Shapes  x [...], pads i32 or i64 [n, 2] (before and after each dimension) or [2 n] (all
///         before, then all after), optional value [], optional axes i32 or i64 [n]
///         ->  y [before + n + after, …]
/// Types   any; without a value, constant pads with 0, which is the zero point of a quantized type
/// Errors  invalid_input: pads of another shape, or mirrored beyond the other end
/// Source  ONNX Pad-19; TensorFlow Lite PAD, PADV2, MIRROR_PAD
struct Pad {
  PadMode mode = PadMode::constant;

  static constexpr auto kName = "Pad";
  static constexpr auto kFields = std::tuple{Field{"mode", &Pad::mode}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Pad&) const = default;
};

/// The middle of x, or x in the middle of zeros, so that dimension axes[i] has shape[i] elements;
/// without axes all dimensions. What is odd is cut off, or added, behind.
///
/// Shapes  x [...], shape i32 or i64 [n]  ->  y [...]
/// Types   any; pads with 0, which is the zero point of a quantized type
/// Errors  invalid_input: another number of dimensions, or one below 0
/// Source  ONNX CenterCropPad-18
struct CenterCropPad {
  std::vector<std::int64_t> axes;

  static constexpr auto kName = "CenterCropPad";
  static constexpr auto kFields = std::tuple{Field{"axes", &CenterCropPad::axes}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const CenterCropPad&) const = default;
};

}  // namespace ops
}  // namespace slipway
