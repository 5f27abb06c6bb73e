#pragma once
// Arithmetic on two tensors, element by element. All share one struct; a row of the table in
// binary.cc says what each computes.

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"

namespace slipway::ops {

/// y = activation(a OP b), with NumPy's broadcasting.
///
/// Shapes  a [...], b [...]  ->  y [broadcast of both]
/// Types   f32, i32, i64 (both the same); quantized i8, u8, i16 with one scale each, for Add, Sub
///         and Mul, computed as quantized_arithmetic.md says
/// Errors  invalid_input: shapes that do not broadcast; unsupported: other or different types
/// Cost    one operation per element of y
/// Source  ONNX Add-14 and its kin; TensorFlow Lite ADD and its kin
template <class Kind>
struct Binary {
  Activation activation = Activation::none;
  Rounding rounding = Rounding::twice;

  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields =
      std::tuple{Field{"activation", &Binary::activation}, Field{"rounding", &Binary::rounding}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Binary&) const = default;
};

struct AddKind {
  static constexpr auto kName = "Add";
};

struct SubKind {
  static constexpr auto kName = "Sub";
};

struct MulKind {
  static constexpr auto kName = "Mul";
};

using Add = Binary<AddKind>;
using Sub = Binary<SubKind>;
using Mul = Binary<MulKind>;

}  // namespace slipway::ops
