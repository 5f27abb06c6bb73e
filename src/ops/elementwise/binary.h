#pragma once
// Arithmetic on two tensors, element by element. All share one struct; a row of the table in
// binary.cc says what each computes on numbers, binary_quantized.cc on quantized integers.

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"
#include "ops/dtypes.h"

namespace slipway::ops {

/// y = activation(a OP b), with NumPy's broadcasting. Whole numbers wrap around at the ends of
/// their type.
///
/// Shapes  a [...], b [...]  ->  y [broadcast of both]
/// Types   both the same (Pow: any two), those of the kind below. f16 and bf16 are computed in f32
///         and rounded once. Quantized ones have one scale each and are computed as
///         quantized_arithmetic.md says; Maximum, Minimum, FloorDiv, FloorMod,
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

/// How an op takes quantized integers, which types it takes as plain numbers, and which where they
/// have a scale.
template <Scaling scaling, DTypeSet plain, DTypeSet scaled = DTypeSet{}>
struct BinaryKind {
  static constexpr Scaling kScaling = scaling;
  static constexpr DTypeSet kPlain = plain;
  static constexpr DTypeSet kScaled = scaled;
};

struct AddKind : BinaryKind<Scaling::sum, kNumbers, kSmall> {
  static constexpr auto kName = "Add";
};

struct Atan2Kind : BinaryKind<Scaling::none, kFloats> {
  static constexpr auto kName = "Atan2";
};

struct BitwiseAndKind : BinaryKind<Scaling::none, kIntegers> {
  static constexpr auto kName = "BitwiseAnd";
};

struct BitwiseOrKind : BinaryKind<Scaling::none, kIntegers> {
  static constexpr auto kName = "BitwiseOr";
};

struct BitwiseXorKind : BinaryKind<Scaling::none, kIntegers, kSmall> {
  static constexpr auto kName = "BitwiseXor";
};

/// Whole numbers: rounded towards zero.
struct DivKind : BinaryKind<Scaling::quotient, kNumbers, kSmall> {
  static constexpr auto kName = "Div";
};

/// The largest whole number that is at most a / b.
struct FloorDivKind : BinaryKind<Scaling::none, kNumbers, kSignedSmall> {
  static constexpr auto kName = "FloorDiv";
};

/// a - b * FloorDiv(a, b): the rest has the sign of b.
struct FloorModKind : BinaryKind<Scaling::none, kNumbers, kSignedSmall> {
  static constexpr auto kName = "FloorMod";
};

/// a - b * (a / b rounded towards zero): the rest has the sign of a.
struct FmodKind : BinaryKind<Scaling::none, kNumbers> {
  static constexpr auto kName = "Fmod";
};

/// a * 2^b, wrapping around; 0 where b has no place in [0, bits of the type).
struct LeftShiftKind : BinaryKind<Scaling::none, kIntegers> {
  static constexpr auto kName = "LeftShift";
};

struct MaximumKind : BinaryKind<Scaling::none, kNumbers, kSmall> {
  static constexpr auto kName = "Maximum";
};

struct MinimumKind : BinaryKind<Scaling::none, kNumbers, kSmall> {
  static constexpr auto kName = "Minimum";
};

struct MulKind : BinaryKind<Scaling::product, kNumbers, kSmall> {
  static constexpr auto kName = "Mul";
};

/// a to the power of b, which may be of another type. Whole numbers: rounded towards zero,
/// saturated.
struct PowKind : BinaryKind<Scaling::none, kNumbers> {
  static constexpr auto kName = "Pow";
};

/// a / 2^b, rounded down; b is brought into [0, bits of the type).
struct RightShiftKind : BinaryKind<Scaling::none, kIntegers, kSmall> {
  static constexpr auto kName = "RightShift";
};

/// (a - b)^2
struct SquaredDifferenceKind
    : BinaryKind<Scaling::squared_difference, kNumbers, DTypeSet(DType::i8)> {
  static constexpr auto kName = "SquaredDifference";
};

struct SubKind : BinaryKind<Scaling::sum, kNumbers, kSmall> {
  static constexpr auto kName = "Sub";
};

using Add = Binary<AddKind>;
using Atan2 = Binary<Atan2Kind>;
using BitwiseAnd = Binary<BitwiseAndKind>;
using BitwiseOr = Binary<BitwiseOrKind>;
using BitwiseXor = Binary<BitwiseXorKind>;
using Div = Binary<DivKind>;
using FloorDiv = Binary<FloorDivKind>;
using FloorMod = Binary<FloorModKind>;
using Fmod = Binary<FmodKind>;
using LeftShift = Binary<LeftShiftKind>;
using Maximum = Binary<MaximumKind>;
using Minimum = Binary<MinimumKind>;
using Mul = Binary<MulKind>;
using Pow = Binary<PowKind>;
using RightShift = Binary<RightShiftKind>;
using SquaredDifference = Binary<SquaredDifferenceKind>;
using Sub = Binary<SubKind>;

}  // namespace slipway::ops
