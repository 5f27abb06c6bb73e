#pragma once
// Sums of products, written as an equation of index names.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = the product of all inputs, each at the indices its letters name, summed over the letters
/// that y does not have: "ij,jk->ik" is the matrix product. "..." stands for any dimensions in
/// front, which broadcast. Without "->" y has "..." and then the letters that occur once, sorted.
///
/// Shapes  one input per term, as many dimensions as it has letters  ->  y as the equation says
/// Types   floats and whole numbers, all the same; f16 and bf16 are summed in f32
/// Errors  invalid_input: an equation that is none, or does not fit the inputs; unsupported: other
///         or different types
/// Cost    one multiply-accumulate per input and combination of indices
/// Source  ONNX Einsum-12; numpy.einsum
struct Einsum {
  std::string equation;

  static constexpr auto kName = "Einsum";
  static constexpr auto kFields = std::tuple{Field{"equation", &Einsum::equation}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Einsum&) const = default;
};

/// The determinants of square matrices.
///
/// Shapes  x [..., N, N]  ->  y [...]
/// Types   f32, f16, bf16, f64, computed in f64
/// Errors  invalid_input: matrices that are not square; unsupported: other types
/// Cost    N^3 / 3 multiply-accumulates per matrix
/// Source  ONNX Det-11
struct Det {
  static constexpr auto kName = "Det";
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Det&) const = default;
};

}  // namespace slipway::ops
