#pragma once

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// Products of matrices, with NumPy's broadcasting of the dimensions in front.
///
///   y[..., r, c] = sum_k a[..., r, k] * b[..., k, c]
///
/// with the last two dimensions of a or b swapped if transpose_a or transpose_b
///
/// Shapes  a [..., R, K], b [..., K, C]  ->  y [..., R, C]
/// Types   f32; quantized i8, i16 (both the same), rescaled as quantized_arithmetic.md says
/// Errors  invalid_input: shapes that do not fit together; unsupported: other types
/// Cost    (elements of y) * K multiply-accumulates
/// Source  TensorFlow Lite BATCH_MATMUL; ONNX MatMul-13
struct BatchMatMul {
  bool transpose_a = false;
  bool transpose_b = false;

  static constexpr auto kName = "BatchMatMul";
  static constexpr auto kFields = std::tuple{Field{"transpose_a", &BatchMatMul::transpose_a},
                                             Field{"transpose_b", &BatchMatMul::transpose_b}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const BatchMatMul&) const = default;
};

}  // namespace slipway::ops
