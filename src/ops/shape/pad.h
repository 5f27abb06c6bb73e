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
};
template <>
inline constexpr auto kEnumNames<PadMode> =
    std::to_array<std::string_view>({"constant", "reflect", "symmetric", "edge"});

namespace ops {

/// x with more elements around it; a negative count takes away.
///
/// Shapes  x [...], pads i32 or i64 [rank, 2] (before and after each dimension) or [2 rank] (all
///         before, then all after), optional value []  ->  y [before + n + after, …]
/// Types   any; without a value, constant pads with 0, which is the zero point of a quantized type
/// Errors  invalid_input: pads of another shape, or mirrored beyond the other end
/// Source  ONNX Pad-13; TensorFlow Lite PAD, PADV2, MIRROR_PAD
struct Pad {
  PadMode mode = PadMode::constant;

  static constexpr auto kName = "Pad";
  static constexpr auto kFields = std::tuple{Field{"mode", &Pad::mode}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Pad&) const = default;
};

}  // namespace ops
}  // namespace slipway
