#pragma once
// Arithmetic on two tensors, element by element. All share one struct; a row of the table in
// binary.cc says what each computes on numbers, binary_quantized.cc on quantized integers.

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"

namespace slipway::ops {

/// y = activation(a OP b), with NumPy's broadcasting. Whole numbers wrap around at the ends of
/// their type.
///
/// Shapes  a [...], b [...]  ->  y [broadcast of both]
/// Types   both the same, those of the kind below. Quantized ones have one scale each and are
///         computed as quantized_arithmetic.md says; Maximum, Minimum, FloorDiv, FloorMod,
///         BitwiseXor and RightShift work on the integers as they are
/// Errors  invalid_input: shapes that do not broadcast, a whole number divided by zero;
///         unsupported: other or different types
/// Cost    one operation per element of y
/// Source  ONNX Add-14 and its kin; TensorFlow Lite ADD and its kin
template <class Kind>
struct Binary {
  Activation activation = Activation::none;
  Rounding rounding = Rounding::twice;
  bool powers_of_two = false;  // i16 sums whose scales are all powers of two: shift only

  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields =
      std::tuple{Field{"activation", &Binary::activation}, Field{"rounding", &Binary::rounding},
                 Field{"powers_of_two", &Binary::powers_of_two}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Binary&) const = default;
};

/// Which integers an op rescales; the others it takes as they are.
enum class Scaling : std::uint8_t { none, sum, product, quotient, squared_difference };

struct AddKind {
  static constexpr auto kName = "Add";
  static constexpr auto kScaling = Scaling::sum;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64,
                                     DType::i8,  DType::u8,  DType::i16};
};

struct Atan2Kind {
  static constexpr auto kName = "Atan2";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::f32, DType::f64};
};

struct BitwiseXorKind {
  static constexpr auto kName = "BitwiseXor";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::i8,  DType::u8,  DType::i16, DType::u16,
                                     DType::i32, DType::u32, DType::i64, DType::u64};
};

struct DivKind {
  static constexpr auto kName = "Div";
  static constexpr auto kScaling = Scaling::quotient;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64,
                                     DType::i8,  DType::u8,  DType::i16};
};

/// The largest whole number that is at most a / b.
struct FloorDivKind {
  static constexpr auto kName = "FloorDiv";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64, DType::i8, DType::i16};
};

/// a - b * FloorDiv(a, b): the rest has the sign of b.
struct FloorModKind {
  static constexpr auto kName = "FloorMod";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64, DType::i8, DType::i16};
};

struct MaximumKind {
  static constexpr auto kName = "Maximum";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64,
                                     DType::i8,  DType::u8,  DType::i16};
};

struct MinimumKind {
  static constexpr auto kName = "Minimum";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64,
                                     DType::i8,  DType::u8,  DType::i16};
};

struct MulKind {
  static constexpr auto kName = "Mul";
  static constexpr auto kScaling = Scaling::product;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64,
                                     DType::i8,  DType::u8,  DType::i16};
};

/// a to the power of b. Whole numbers: rounded towards zero, saturated.
struct PowKind {
  static constexpr auto kName = "Pow";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::f32, DType::i32};
};

/// a / 2^b, rounded down; b is brought into [0, bits of the type).
struct RightShiftKind {
  static constexpr auto kName = "RightShift";
  static constexpr auto kScaling = Scaling::none;
  static constexpr DType kTypes[] = {DType::i8,  DType::u8,  DType::i16,
                                     DType::u16, DType::i32, DType::u32};
};

/// (a - b)^2
struct SquaredDifferenceKind {
  static constexpr auto kName = "SquaredDifference";
  static constexpr auto kScaling = Scaling::squared_difference;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64, DType::i8};
};

struct SubKind {
  static constexpr auto kName = "Sub";
  static constexpr auto kScaling = Scaling::sum;
  static constexpr DType kTypes[] = {DType::f32, DType::i32, DType::i64,
                                     DType::i8,  DType::u8,  DType::i16};
};

using Add = Binary<AddKind>;
using Atan2 = Binary<Atan2Kind>;
using BitwiseXor = Binary<BitwiseXorKind>;
using Div = Binary<DivKind>;
using FloorDiv = Binary<FloorDivKind>;
using FloorMod = Binary<FloorModKind>;
using Maximum = Binary<MaximumKind>;
using Minimum = Binary<MinimumKind>;
using Mul = Binary<MulKind>;
using Pow = Binary<PowKind>;
using RightShift = Binary<RightShiftKind>;
using SquaredDifference = Binary<SquaredDifferenceKind>;
using Sub = Binary<SubKind>;

}  // namespace slipway::ops
