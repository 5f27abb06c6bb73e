#pragma once
// Any function of a byte.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = table[x - the smallest integer of x's type]
///
/// Shapes  x [...], table [256]  ->  y [...]
/// Types   x and table u8 or i8, each with one scale or none; y has the type of the table
/// Errors  invalid_input: a table of another size; unsupported: other types, scales per axis
/// Cost    one operation per element
/// Source  own; what QLinearSigmoid and its kin of ONNX Runtime compute with
struct Lookup {
  static constexpr auto kName = "Lookup";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Lookup&) const = default;
};

}  // namespace slipway::ops
