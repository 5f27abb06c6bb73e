#pragma once
// Quantization in floats with ranges that are tensors.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// x rounded to one of `levels` steps of an input range, and that step taken in an output range:
///
///   y = out_low                                              where x <= min(in_low, in_high)
///   y = out_high                                             where x > max(in_low, in_high)
///   y = round((x - in_low) / (in_high - in_low) * (levels - 1)) / (levels - 1)
///       * (out_high - out_low) + out_low                     elsewhere, halves to the even step
///
/// Shapes  x [...], in_low, in_high, out_low, out_high [broadcast to x]  ->  y [...]
/// Types   f32
/// Errors  invalid_input: fewer than 2 levels, or ranges that do not broadcast to x
/// Cost    six operations per element
/// Source  OpenVINO FakeQuantize-1
struct FakeQuantize {
  std::int64_t levels = 256;

  static constexpr auto kName = "FakeQuantize";
  static constexpr auto kFields = std::tuple{Field{"levels", &FakeQuantize::levels}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const FakeQuantize&) const = default;
};

}  // namespace slipway::ops
