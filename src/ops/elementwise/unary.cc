#include "ops/elementwise/unary.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/unary_quantized.h"

namespace slipway::ops {
namespace {

// What each op computes on one number: a whole number, a float or a double.

template <class T>
T formula(AbsKind, T x) {
  if constexpr (std::is_floating_point_v<T>) return std::abs(x);
  return static_cast<T>(x < 0 ? -static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x));
}

template <class T>
T formula(BitwiseNotKind, T x) {
  return static_cast<T>(~x);
}

template <class T>
T formula(NegKind, T x) {
  if constexpr (std::is_floating_point_v<T>) return -x;
  return static_cast<T>(-static_cast<std::uint64_t>(x));
}

template <class T>
T formula(SignKind, T x) {
  return static_cast<T>((x > 0 ? 1 : 0) - (x < 0 ? 1 : 0));
}

template <class T>
T formula(SquareKind, T x) {
  return static_cast<T>(static_cast<Summed<T>>(x) * static_cast<Summed<T>>(x));
}

bool formula(NotKind, bool x) { return !x; }

template <class T>
T formula(ReluKind, T x) {
  return std::max(x, T{0});
}

template <class T>
T formula(Relu0To1Kind, T x) {
  return std::min(std::max(x, T{0}), T{1});
}

template <class T>
T formula(Relu6Kind, T x) {
  return std::min(std::max(x, T{0}), T{6});
}

template <class T>
T formula(ReluN1To1Kind, T x) {
  return std::min(std::max(x, T{-1}), T{1});
}

template <class T>
T formula(AcosKind, T x) {
  return std::acos(x);
}

template <class T>
T formula(AcoshKind, T x) {
  return std::acosh(x);
}

template <class T>
T formula(AsinKind, T x) {
  return std::asin(x);
}

template <class T>
T formula(AsinhKind, T x) {
  return std::asinh(x);
}

template <class T>
T formula(AtanKind, T x) {
  return std::atan(x);
}

template <class T>
T formula(AtanhKind, T x) {
  return std::atanh(x);
}

template <class T>
T formula(CeilKind, T x) {
  return std::ceil(x);
}

template <class T>
T formula(CosKind, T x) {
  return std::cos(x);
}

template <class T>
T formula(CoshKind, T x) {
  return std::cosh(x);
}

template <class T>
T formula(ErfKind, T x) {
  return std::erf(x);
}

template <class T>
T formula(ExpKind, T x) {
  return std::exp(x);
}

template <class T>
T formula(FloorKind, T x) {
  return std::floor(x);
}

template <class T>
T formula(HardSwishKind, T x) {
  return x * std::min(T{6}, std::max(T{0}, x + 3)) / 6;
}

template <class T>
T formula(LogKind, T x) {
  return std::log(x);
}

// Written so that e^x does not overflow.
template <class T>
T formula(SoftplusKind, T x) {
  return std::max(x, T{0}) + std::log1p(std::exp(-std::abs(x)));
}

template <class T>
T formula(MishKind, T x) {
  return x * std::tanh(formula(SoftplusKind{}, x));
}

template <class T>
T formula(ReciprocalKind, T x) {
  return T{1} / x;
}

template <class T>
T formula(RoundKind, T x) {
  return std::nearbyint(x);
}

template <class T>
T formula(RsqrtKind, T x) {
  return T{1} / std::sqrt(x);
}

template <class T>
T formula(SigmoidKind, T x) {
  return T{1} / (T{1} + std::exp(-x));
}

template <class T>
T formula(SinKind, T x) {
  return std::sin(x);
}

template <class T>
T formula(SinhKind, T x) {
  return std::sinh(x);
}

template <class T>
T formula(SoftsignKind, T x) {
  return x / (T{1} + std::abs(x));
}

template <class T>
T formula(SqrtKind, T x) {
  return std::sqrt(x);
}

template <class T>
T formula(TanKind, T x) {
  return std::tan(x);
}

template <class T>
T formula(TanhKind, T x) {
  return std::tanh(x);
}

// How integers with a scale are computed, where not as they are.

template <class Kind>
Result<void> quantized(Kind kind, EvalIo& io) {
  if constexpr (Kind::kQuantized == Quantized::clamp) {
    const auto low = formula(kind, -std::numeric_limits<float>::infinity());
    run_quantized_clamp(io, low, formula(kind, std::numeric_limits<float>::infinity()));
  } else {
    run_table(io, [&](float x) { return static_cast<float>(formula(kind, x)); });
  }
  return {};
}

Result<void> quantized(AbsKind, EvalIo& io) { return run_quantized_abs(io); }

Result<void> quantized(HardSwishKind, EvalIo& io) { return run_quantized_hard_swish(io); }

Result<void> quantized(LogKind, EvalIo& io) { return run_quantized_log(io); }

Result<void> quantized(RsqrtKind, EvalIo& io) { return run_quantized_rsqrt(io); }

Result<void> quantized(SqrtKind, EvalIo& io) { return run_quantized_sqrt(io); }

Result<void> quantized(SigmoidKind kind, EvalIo& io) {
  if (io.type(0).dtype == DType::i16) return run_sigmoid_i16(io);
  run_table(io, [&](float x) { return formula(kind, x); });
  return {};
}

Result<void> quantized(TanhKind kind, EvalIo& io) {
  if (io.type(0).dtype == DType::i16) return run_tanh_i16(io);
  run_table(io, [&](float x) { return formula(kind, x); });
  return {};
}

/// One loop per type, not one for each op and type: those take minutes to compile.
template <class T>
[[gnu::noinline]] void each_element(EvalIo& io, Compute<T> (*f)(Compute<T>)) {
  const auto x = io.in<T>(0);
  std::transform(x.begin(), x.end(), io.out<T>(0).begin(),
                 [&](T value) { return static_cast<T>(f(static_cast<Compute<T>>(value))); });
}

/// Whether elements of this type go by their scale. i8 and u8 without one are plain whole numbers
/// where the op takes those.
template <class Kind>
bool rescales(const TensorType& type) {
  return Kind::kQuantized != Quantized::as_they_are && Kind::kScaled.has(type.dtype) &&
         (type.quant || !Kind::kPlain.has(type.dtype));
}

}  // namespace

template <class Kind>
Result<Types> Unary<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  const bool scaled = is_quantized(x);
  if (!(Kind::kScaled.has(x.dtype) || (Kind::kPlain.has(x.dtype) && !scaled))) {
    return fail(Code::unsupported, "the input is {}{}, which {} does not take", name_of(x.dtype),
                scaled ? " with a scale" : "", kName);
  }
  if (rescales<Kind>(x)) SLIPWAY_TRY(check_activation("the input", x));
  return Types{x};
}

template <class Kind>
Cost Unary<Kind>::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

template <class Kind>
Result<void> Unary<Kind>::eval(EvalIo& io) const {
  if constexpr (Kind::kQuantized != Quantized::as_they_are) {
    if (rescales<Kind>(io.type(0))) {
      SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
      return quantized(Kind{}, io);
    }
  }
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (Kind::kPlain.has(kDTypeOf<T>)) {
      each_element<T>(io, [](Compute<T> value) { return formula(Kind{}, value); });
    }
  });
  return {};
}

template struct Unary<AbsKind>;
template struct Unary<AcosKind>;
template struct Unary<AcoshKind>;
template struct Unary<AsinKind>;
template struct Unary<AsinhKind>;
template struct Unary<AtanKind>;
template struct Unary<AtanhKind>;
template struct Unary<BitwiseNotKind>;
template struct Unary<CeilKind>;
template struct Unary<CosKind>;
template struct Unary<CoshKind>;
template struct Unary<ErfKind>;
template struct Unary<ExpKind>;
template struct Unary<FloorKind>;
template struct Unary<HardSwishKind>;
template struct Unary<LogKind>;
template struct Unary<MishKind>;
template struct Unary<NegKind>;
template struct Unary<NotKind>;
template struct Unary<ReciprocalKind>;
template struct Unary<ReluKind>;
template struct Unary<Relu0To1Kind>;
template struct Unary<Relu6Kind>;
template struct Unary<ReluN1To1Kind>;
template struct Unary<RoundKind>;
template struct Unary<RsqrtKind>;
template struct Unary<SigmoidKind>;
template struct Unary<SignKind>;
template struct Unary<SinKind>;
template struct Unary<SinhKind>;
template struct Unary<SoftplusKind>;
template struct Unary<SoftsignKind>;
template struct Unary<SqrtKind>;
template struct Unary<SquareKind>;
template struct Unary<TanKind>;
template struct Unary<TanhKind>;

}  // namespace slipway::ops
