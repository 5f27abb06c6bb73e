#pragma once
// Functions of one tensor, element by element. All share one struct; a row of the table in
// unary.cc says what each computes on numbers, unary_quantized.cc on quantized integers.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// y = f(x)
///
/// Shapes  x [...]  ->  y [...]
/// Types   those of the kind below; y has the type of x. Quantized integers have one scale each
///         and are computed as quantized_arithmetic.md says
/// Errors  unsupported: other types; invalid_input: a root of a negative quantized element
/// Cost    one operation per element
/// Source  the ONNX and TensorFlow Lite operators of the same names
template <class Kind>
struct Unary {
  static constexpr auto kName = Kind::kName;
  static constexpr auto kFields = std::tuple{};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Unary&) const = default;
};

/// How an op computes integers of 8 and 16 bits.
enum class Integers : std::uint8_t {
  as_they_are,
  table,    // dequantized, computed, quantized again, for each integer there is
  clamp,    // rescaled, then clamped
  its_own,  // a function of its own in unary_quantized.cc
};

template <Integers integers, DType... types>
struct UnaryKind {
  static constexpr Integers kIntegers = integers;
  static constexpr DType kTypes[] = {types...};
};

struct AbsKind
    : UnaryKind<Integers::its_own, DType::f32, DType::i32, DType::i64, DType::i8, DType::i16> {
  static constexpr auto kName = "Abs";
};

struct CeilKind : UnaryKind<Integers::as_they_are, DType::f32> {
  static constexpr auto kName = "Ceil";
};

struct CosKind : UnaryKind<Integers::as_they_are, DType::f32> {
  static constexpr auto kName = "Cos";
};

/// x where x >= 0, e^x - 1 elsewhere
struct EluKind : UnaryKind<Integers::table, DType::f32, DType::i8> {
  static constexpr auto kName = "Elu";
};

struct ExpKind : UnaryKind<Integers::table, DType::f32, DType::i8, DType::i16> {
  static constexpr auto kName = "Exp";
};

struct FloorKind : UnaryKind<Integers::as_they_are, DType::f32> {
  static constexpr auto kName = "Floor";
};

/// x * min(6, max(0, x + 3)) / 6
struct HardSwishKind : UnaryKind<Integers::its_own, DType::f32, DType::i8, DType::u8> {
  static constexpr auto kName = "HardSwish";
};

struct LogKind : UnaryKind<Integers::its_own, DType::f32, DType::i8, DType::i16> {
  static constexpr auto kName = "Log";
};

struct NegKind
    : UnaryKind<Integers::as_they_are, DType::f32, DType::i32, DType::i64, DType::i8, DType::i16> {
  static constexpr auto kName = "Neg";
};

struct NotKind : UnaryKind<Integers::as_they_are, DType::boolean> {
  static constexpr auto kName = "Not";
};

struct ReluKind : UnaryKind<Integers::clamp, DType::f32, DType::i8, DType::u8, DType::i16> {
  static constexpr auto kName = "Relu";
};

struct Relu0To1Kind : UnaryKind<Integers::clamp, DType::f32, DType::i8, DType::u8, DType::i16> {
  static constexpr auto kName = "Relu0To1";
};

struct Relu6Kind : UnaryKind<Integers::clamp, DType::f32, DType::i8, DType::u8, DType::i16> {
  static constexpr auto kName = "Relu6";
};

struct ReluN1To1Kind : UnaryKind<Integers::clamp, DType::f32, DType::i8, DType::u8, DType::i16> {
  static constexpr auto kName = "ReluN1To1";
};

/// The nearest whole number; of two the even one.
struct RoundKind : UnaryKind<Integers::as_they_are, DType::f32> {
  static constexpr auto kName = "Round";
};

/// 1 / sqrt(x)
struct RsqrtKind : UnaryKind<Integers::its_own, DType::f32, DType::i8, DType::i16> {
  static constexpr auto kName = "Rsqrt";
};

/// 1 / (1 + e^-x)
struct SigmoidKind : UnaryKind<Integers::its_own, DType::f32, DType::i8, DType::u8, DType::i16> {
  static constexpr auto kName = "Sigmoid";
};

/// -1, 0 or 1
struct SignKind : UnaryKind<Integers::as_they_are, DType::f32, DType::f64, DType::i32> {
  static constexpr auto kName = "Sign";
};

struct SinKind : UnaryKind<Integers::as_they_are, DType::f32> {
  static constexpr auto kName = "Sin";
};

struct SqrtKind : UnaryKind<Integers::its_own, DType::f32, DType::i8, DType::i16> {
  static constexpr auto kName = "Sqrt";
};

struct SquareKind : UnaryKind<Integers::as_they_are, DType::f32> {
  static constexpr auto kName = "Square";
};

struct TanhKind : UnaryKind<Integers::its_own, DType::f32, DType::i8, DType::u8, DType::i16> {
  static constexpr auto kName = "Tanh";
};

using Abs = Unary<AbsKind>;
using Ceil = Unary<CeilKind>;
using Cos = Unary<CosKind>;
using Elu = Unary<EluKind>;
using Exp = Unary<ExpKind>;
using Floor = Unary<FloorKind>;
using HardSwish = Unary<HardSwishKind>;
using Log = Unary<LogKind>;
using Neg = Unary<NegKind>;
using Not = Unary<NotKind>;
using Relu = Unary<ReluKind>;
using Relu0To1 = Unary<Relu0To1Kind>;
using Relu6 = Unary<Relu6Kind>;
using ReluN1To1 = Unary<ReluN1To1Kind>;
using Round = Unary<RoundKind>;
using Rsqrt = Unary<RsqrtKind>;
using Sigmoid = Unary<SigmoidKind>;
using Sign = Unary<SignKind>;
using Sin = Unary<SinKind>;
using Sqrt = Unary<SqrtKind>;
using Square = Unary<SquareKind>;
using Tanh = Unary<TanhKind>;

}  // namespace slipway::ops
