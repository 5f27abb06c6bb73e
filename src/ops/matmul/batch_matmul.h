#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/quant/fixed_point.h"

namespace slipway::ops {

/// Products of matrices, with NumPy's broadcasting of the dimensions in front.
///
///   y[..., r, c] = sum_k a[..., r, k] * b[..., k, c]
///
/// with the last two dimensions of a or b swapped if transpose_a or transpose_b
///
/// Shapes  a [..., R, K], b [..., K, C]  ->  y [..., R, C]
/// Types   f32, f64; f16, bf16: sums in f32, rounded once; i32, u32, i64, u64: sums wrap around;
///         quantized i8, i16 (both the same), rescaled as quantized_arithmetic.md says; with
///         real_even quantized i8, u8, where b may have one scale per column; u8 and i8 without
///         scales: y i32, the plain sums of (a - a_zero)*(b - b_zero), with inputs 2 (a_zero) and
///         3 (b_zero), which broadcast to a and b, for 0 where they are left out
/// Errors  invalid_input: shapes that do not fit together; unsupported: other types
/// Cost    (elements of y) * K multiply-accumulates
/// Source  TensorFlow Lite BATCH_MATMUL; ONNX MatMul-13, MatMulInteger-10,
///         QLinearMatMul-21
struct BatchMatMul {
  bool transpose_a = false;
  bool transpose_b = false;
  Rounding rounding = Rounding::twice;

  static constexpr auto kName = "BatchMatMul";
  static constexpr auto kFields = std::tuple{Field{"transpose_a", &BatchMatMul::transpose_a},
                                             Field{"transpose_b", &BatchMatMul::transpose_b},
                                             Field{"rounding", &BatchMatMul::rounding}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const BatchMatMul&) const = default;
};

}  // namespace slipway::ops
