#pragma once

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The same elements in the same order under another shape.
///
/// Shapes  x [...], shape i32 or i64 [R]  ->  y [shape]; at most one -1, which takes what is left;
///         with `zero_copies`, a 0 takes the dimension of x at its place
/// Errors  invalid_input: counts that differ, two -1, or a negative dimension
/// Source  ONNX Reshape-14; TensorFlow Lite RESHAPE
struct Reshape {
  bool zero_copies = false;

  static constexpr auto kName = "Reshape";
  static constexpr auto kFields = std::tuple{Field{"zero_copies", &Reshape::zero_copies}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Reshape&) const = default;
};

/// The dimensions in another order:  y[i0, i1, …] = x with index i_k at dimension perm[k].
///
/// Shapes  x [...]  ->  y [x.shape[perm[0]], x.shape[perm[1]], …]; an empty perm reverses
/// Types   any; a scale per axis follows its axis
/// Errors  invalid_input: perm is no permutation of x's dimensions
/// Source  ONNX Transpose-13; TensorFlow Lite TRANSPOSE
struct Transpose {
  std::vector<std::int64_t> perm;

  static constexpr auto kName = "Transpose";
  static constexpr auto kFields = std::tuple{Field{"perm", &Transpose::perm}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Transpose&) const = default;
};

}  // namespace slipway::ops
