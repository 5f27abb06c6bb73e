#pragma once
// Functions of one tensor, element by element. All share one struct; a row of the table in
// unary.cc says what each computes on numbers, unary_quantized.cc on quantized integers.

#include <tuple>

#include "ir/op.h"
#include "ops/dtypes.h"

namespace slipway::ops {

/// y = f(x)
///
/// Shapes  x [...]  ->  y [...]
/// Types   those of the kind below; y has the type of x. f16 and bf16 are computed in f32 and
///         rounded once. Quantized integers have one scale each and are computed as
///         quantized_arithmetic.md says
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

/// How an op computes quantized integers.
enum class Quantized : std::uint8_t {
  as_they_are,
  table,    // dequantized, computed, quantized again, for each integer there is
  clamp,    // rescaled, then clamped
  its_own,  // a function of its own in unary_quantized.cc
};

/// Which types an op takes as plain numbers, and which where they have a scale, and how.
template <DTypeSet plain, Quantized how = Quantized::as_they_are, DTypeSet scaled = DTypeSet{}>
struct UnaryKind {
  static constexpr DTypeSet kPlain = plain;
  static constexpr Quantized kQuantized = how;
  static constexpr DTypeSet kScaled = scaled;
};

struct AbsKind : UnaryKind<kNumbers, Quantized::its_own, kSignedSmall> {
  static constexpr auto kName = "Abs";
};

struct AcosKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Acos";
};

struct AcoshKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Acosh";
};

struct AsinKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Asin";
};

struct AsinhKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Asinh";
};

struct AtanKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Atan";
};

struct AtanhKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Atanh";
};

/// Every bit the other way round.
struct BitwiseNotKind : UnaryKind<kIntegers> {
  static constexpr auto kName = "BitwiseNot";
};

struct CeilKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Ceil";
};

struct CosKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Cos";
};

struct CoshKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Cosh";
};

/// 2 / sqrt(pi) * the integral of e^(-t^2) from 0 to x
struct ErfKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Erf";
};

struct ExpKind : UnaryKind<kFloats, Quantized::table, kSignedSmall> {
  static constexpr auto kName = "Exp";
};

struct FloorKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Floor";
};

/// x * min(6, max(0, x + 3)) / 6
struct HardSwishKind : UnaryKind<kFloats, Quantized::its_own, kBytes> {
  static constexpr auto kName = "HardSwish";
};

struct LogKind : UnaryKind<kFloats, Quantized::its_own, kSignedSmall> {
  static constexpr auto kName = "Log";
};

/// x * tanh(log(1 + e^x))
struct MishKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Mish";
};

struct NegKind : UnaryKind<kFloats | kSigned, Quantized::as_they_are, kSignedSmall> {
  static constexpr auto kName = "Neg";
};

struct NotKind : UnaryKind<kBool> {
  static constexpr auto kName = "Not";
};

/// 1 / x
struct ReciprocalKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Reciprocal";
};

struct ReluKind : UnaryKind<kFloats | kSigned, Quantized::clamp, kSmall> {
  static constexpr auto kName = "Relu";
};

struct Relu0To1Kind : UnaryKind<kFloats, Quantized::clamp, kSmall> {
  static constexpr auto kName = "Relu0To1";
};

struct Relu6Kind : UnaryKind<kFloats, Quantized::clamp, kSmall> {
  static constexpr auto kName = "Relu6";
};

struct ReluN1To1Kind : UnaryKind<kFloats, Quantized::clamp, kSmall> {
  static constexpr auto kName = "ReluN1To1";
};

/// The nearest whole number; of two the even one.
struct RoundKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Round";
};

/// 1 / sqrt(x)
struct RsqrtKind : UnaryKind<kFloats, Quantized::its_own, kSignedSmall> {
  static constexpr auto kName = "Rsqrt";
};

/// 1 / (1 + e^-x)
struct SigmoidKind : UnaryKind<kFloats, Quantized::its_own, kSmall> {
  static constexpr auto kName = "Sigmoid";
};

/// -1, 0 or 1
struct SignKind : UnaryKind<kNumbers> {
  static constexpr auto kName = "Sign";
};

struct SinKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Sin";
};

struct SinhKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Sinh";
};

/// log(1 + e^x)
struct SoftplusKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Softplus";
};

/// x / (1 + |x|)
struct SoftsignKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Softsign";
};

struct SqrtKind : UnaryKind<kFloats, Quantized::its_own, kSignedSmall> {
  static constexpr auto kName = "Sqrt";
};

struct SquareKind : UnaryKind<kNumbers> {
  static constexpr auto kName = "Square";
};

struct TanKind : UnaryKind<kFloats> {
  static constexpr auto kName = "Tan";
};

struct TanhKind : UnaryKind<kFloats, Quantized::its_own, kSmall> {
  static constexpr auto kName = "Tanh";
};

using Abs = Unary<AbsKind>;
using Acos = Unary<AcosKind>;
using Acosh = Unary<AcoshKind>;
using Asin = Unary<AsinKind>;
using Asinh = Unary<AsinhKind>;
using Atan = Unary<AtanKind>;
using Atanh = Unary<AtanhKind>;
using BitwiseNot = Unary<BitwiseNotKind>;
using Ceil = Unary<CeilKind>;
using Cos = Unary<CosKind>;
using Cosh = Unary<CoshKind>;
using Erf = Unary<ErfKind>;
using Exp = Unary<ExpKind>;
using Floor = Unary<FloorKind>;
using HardSwish = Unary<HardSwishKind>;
using Log = Unary<LogKind>;
using Mish = Unary<MishKind>;
using Neg = Unary<NegKind>;
using Not = Unary<NotKind>;
using Reciprocal = Unary<ReciprocalKind>;
using Relu = Unary<ReluKind>;
using Relu0To1 = Unary<Relu0To1Kind>;
using Relu6 = Unary<Relu6Kind>;
using ReluN1To1 = Unary<ReluN1To1Kind>;
using Round = Unary<RoundKind>;
using Rsqrt = Unary<RsqrtKind>;
using Sigmoid = Unary<SigmoidKind>;
using Sign = Unary<SignKind>;
using Sin = Unary<SinKind>;
using Sinh = Unary<SinhKind>;
using Softplus = Unary<SoftplusKind>;
using Softsign = Unary<SoftsignKind>;
using Sqrt = Unary<SqrtKind>;
using Square = Unary<SquareKind>;
using Tan = Unary<TanKind>;
using Tanh = Unary<TanhKind>;

}  // namespace slipway::ops
