#include "ops/elementwise/unary.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/unary_quantized.h"

namespace slipway::ops {
namespace {

// What each op computes on one number of a plain type.

template <class T>
T formula(AbsKind, T x) {
  if constexpr (std::is_floating_point_v<T>) return std::abs(x);
  return static_cast<T>(x < 0 ? -static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x));
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

bool formula(NotKind, bool x) { return !x; }

float formula(CeilKind, float x) { return std::ceil(x); }

float formula(CosKind, float x) { return std::cos(x); }

float formula(EluKind, float x) { return x < 0 ? std::expm1(x) : x; }

float formula(ExpKind, float x) { return std::exp(x); }

float formula(FloorKind, float x) { return std::floor(x); }

float formula(HardSwishKind, float x) { return x * std::min(6.0F, std::max(0.0F, x + 3)) / 6; }

float formula(LogKind, float x) { return std::log(x); }

float formula(ReluKind, float x) { return std::max(x, 0.0F); }

float formula(Relu0To1Kind, float x) { return std::min(std::max(x, 0.0F), 1.0F); }

float formula(Relu6Kind, float x) { return std::min(std::max(x, 0.0F), 6.0F); }

float formula(ReluN1To1Kind, float x) { return std::min(std::max(x, -1.0F), 1.0F); }

float formula(RoundKind, float x) { return std::nearbyint(x); }

float formula(RsqrtKind, float x) { return 1.0F / std::sqrt(x); }

float formula(SigmoidKind, float x) { return 1.0F / (1.0F + std::exp(-x)); }

float formula(SinKind, float x) { return std::sin(x); }

float formula(SqrtKind, float x) { return std::sqrt(x); }

float formula(SquareKind, float x) { return x * x; }

float formula(TanhKind, float x) { return std::tanh(x); }

// How integers of 8 and 16 bits are computed, where not as they are.

template <class Kind>
Result<void> quantized(Kind kind, EvalIo& io) {
  if constexpr (Kind::kIntegers == Integers::clamp) {
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

template <class Kind>
constexpr bool has_type(DType dtype) {
  return std::find(std::begin(Kind::kTypes), std::end(Kind::kTypes), dtype) !=
         std::end(Kind::kTypes);
}

/// Whether integers of this type go by their scale. Abs of i16 without one is a plain number.
template <class Kind>
bool rescales(const TensorType& type) {
  if (Kind::kIntegers == Integers::as_they_are) return false;
  const bool small = type.dtype == DType::i8 || type.dtype == DType::u8 || type.dtype == DType::i16;
  return small && !(std::is_same_v<Kind, AbsKind> && !type.quant);
}

}  // namespace

template <class Kind>
Result<Types> Unary<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  if (!has_type<Kind>(x.dtype)) {
    return fail(Code::unsupported, "the input is {}, which {} does not take", name_of(x.dtype),
                kName);
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
  if (rescales<Kind>(io.type(0))) {
    SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
    return quantized(Kind{}, io);
  }
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (has_type<Kind>(kDTypeOf<T>) && requires(T x) { formula(Kind{}, x); }) {
      const auto x = io.in<T>(0);
      std::transform(x.begin(), x.end(), io.out<T>(0).begin(),
                     [](T value) { return static_cast<T>(formula(Kind{}, value)); });
    }
  });
  return {};
}

template struct Unary<AbsKind>;
template struct Unary<CeilKind>;
template struct Unary<CosKind>;
template struct Unary<EluKind>;
template struct Unary<ExpKind>;
template struct Unary<FloorKind>;
template struct Unary<HardSwishKind>;
template struct Unary<LogKind>;
template struct Unary<NegKind>;
template struct Unary<NotKind>;
template struct Unary<ReluKind>;
template struct Unary<Relu0To1Kind>;
template struct Unary<Relu6Kind>;
template struct Unary<ReluN1To1Kind>;
template struct Unary<RoundKind>;
template struct Unary<RsqrtKind>;
template struct Unary<SigmoidKind>;
template struct Unary<SignKind>;
template struct Unary<SinKind>;
template struct Unary<SqrtKind>;
template struct Unary<SquareKind>;
template struct Unary<TanhKind>;

}  // namespace slipway::ops
