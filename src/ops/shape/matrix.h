#pragma once
// Diagonals and triangles.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// Ones on the diagonal `k` places above the main one, zeros elsewhere.
///
/// Shapes  x [n, m], of which only the shape counts  ->  y [n, m] of `type`
/// Source  ONNX EyeLike-9
struct EyeLike {
  DType type = DType::f32;
  std::int64_t k = 0;

  static constexpr auto kName = "EyeLike";
  static constexpr auto kFields =
      std::tuple{Field{"type", &EyeLike::type}, Field{"k", &EyeLike::k}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const EyeLike&) const = default;
};

/// The upper or lower triangle of each matrix, with the diagonal k places above the main one; zeros
/// elsewhere.
///
/// Shapes  x [..., n, m], optional k i64 []  ->  y as x
/// Source  ONNX Trilu-14
struct Trilu {
  bool upper = true;

  static constexpr auto kName = "Trilu";
  static constexpr auto kFields = std::tuple{Field{"upper", &Trilu::upper}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Trilu&) const = default;
};

}  // namespace slipway::ops
