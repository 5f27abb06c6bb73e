#include "ops/elementwise/rectifier.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/broadcast.h"
#include "ops/quant/fixed_point.h"
#include "ops/quant/table.h"

namespace slipway::ops {
namespace {

Result<Types> infer_activation(const KnownInputs& inputs, DTypeSet scaled) {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  if (!(kFloats | scaled).has(x.dtype)) {
    return fail(Code::unsupported, "the input is {}, which is not taken", name_of(x.dtype));
  }
  if (scaled.has(x.dtype)) SLIPWAY_TRY(check_activation("the input", x));
  return Types{x};
}

/// y = f(x), computed in floats or doubles.
template <class Function>
void each_float(EvalIo& io, Function f) {
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kFloats.has(kDTypeOf<T>)) {
      const auto x = io.in<T>(0);
      std::transform(x.begin(), x.end(), io.out<T>(0).begin(),
                     [&](T value) { return static_cast<T>(f(static_cast<Compute<T>>(value))); });
    }
  });
}

template <class T>
T formula(const Celu& op, T x) {
  const T alpha = op.alpha;
  return std::max(x, T{0}) + std::min(T{0}, alpha * std::expm1(x / alpha));
}

template <class T>
T formula(const Elu& op, T x) {
  return x < 0 ? op.alpha * std::expm1(x) : x;
}

template <class T>
T formula(const HardSigmoid& op, T x) {
  return std::max(T{0}, std::min(T{1}, op.alpha * x + op.beta));
}

template <class T>
T formula(const Selu& op, T x) {
  return op.beta * (x > 0 ? x : op.alpha * std::expm1(x));
}

template <class T>
T formula(const Shrink& op, T x) {
  if (x > op.alpha) return x - op.beta;
  return x < -op.alpha ? x + op.beta : T{0};
}

template <class T>
T formula(const Swish& op, T x) {
  return x / (T{1} + std::exp(-op.alpha * x));
}

template <class T>
T formula(const ThresholdedRelu& op, T x) {
  return x > op.alpha ? x : T{0};
}

template <class T>
T gelu(T x) {
  constexpr T kMinusRootHalf = static_cast<T>(-0.70710678118654752);
  return T{0.5} * x * std::erfc(x * kMinusRootHalf);
}

template <class T>
T approximate_gelu(T x) {
  constexpr T kRootOfTwoOverPi = static_cast<T>(0.79788456080286536);
  return T{0.5} * x *
         (T{1} + std::tanh(kRootOfTwoOverPi * (x + static_cast<T>(0.044715) * x * x * x)));
}

template <class Run>
void with_integer(DType dtype, Run run) {
  if (dtype == DType::i8) return run(std::int8_t{});
  if (dtype == DType::u8) return run(std::uint8_t{});
  return run(std::int16_t{});
}

template <class T>
T saturated(std::int64_t x) {
  return static_cast<T>(
      std::clamp<std::int64_t>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
void leaky_integers(EvalIo& io, float slope) {
  const auto& x_quant = *io.type(0).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const float ratio = x_quant.scale[0] / y_quant.scale[0];
  const auto above = fixed::quantize(static_cast<double>(ratio));
  const float scaled_slope = x_quant.scale[0] * slope / y_quant.scale[0];
  const auto below = fixed::quantize(static_cast<double>(std::abs(scaled_slope)));
  const auto x = io.in<T>(0);
  std::transform(x.begin(), x.end(), io.out<T>(0).begin(), [&](T element) {
    const std::int32_t value = element - x_quant.zero_point[0];
    std::int64_t steps = fixed::scale(value, value >= 0 ? above : below);
    if (value < 0 && scaled_slope < 0) steps = -steps;
    return saturated<T>(steps + y_quant.zero_point[0]);
  });
}

template <class T, class Slope>
void prelu_integers(EvalIo& io) {
  const auto& x_quant = *io.type(0).quant;
  const auto& slope_quant = *io.type(1).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const float ratio = x_quant.scale[0] / y_quant.scale[0];
  const float scaled_slope = x_quant.scale[0] * slope_quant.scale[0] / y_quant.scale[0];
  const auto above = fixed::quantize(static_cast<double>(ratio));
  const auto below = fixed::quantize(static_cast<double>(scaled_slope));
  const auto y = io.out<T>(0);
  each_pair<T, Slope>(io, io.output_type(0).shape, [&](std::size_t at, T element, Slope slope) {
    const std::int32_t value = element - x_quant.zero_point[0];
    const auto product = static_cast<std::int32_t>(static_cast<std::int64_t>(value) *
                                                   (slope - slope_quant.zero_point[0]));
    const std::int64_t steps =
        value >= 0 ? fixed::scale(value, above) : fixed::scale(product, below);
    y[at] = saturated<T>(steps + y_quant.zero_point[0]);
  });
}

}  // namespace

template <class Kind>
Result<Types> Curve<Kind>::infer(const KnownInputs& inputs) const {
  if (!std::isfinite(alpha) || !std::isfinite(beta))
    return fail(Code::invalid_input, "an alpha of {}, a beta of {}", alpha, beta);
  return infer_activation(inputs, std::is_same_v<Kind, EluKind> ? DTypeSet(DType::i8) : DTypeSet());
}

template <class Kind>
Cost Curve<Kind>::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

template <class Kind>
Result<void> Curve<Kind>::eval(EvalIo& io) const {
  if (io.type(0).dtype == DType::i8) {
    SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
    run_table(io, [&](float x) { return formula(*this, x); });
    return {};
  }
  each_float(io, [&](auto x) { return formula(*this, x); });
  return {};
}

template struct Curve<CeluKind>;
template struct Curve<EluKind>;
template struct Curve<HardSigmoidKind>;
template struct Curve<SeluKind>;
template struct Curve<ShrinkKind>;
template struct Curve<SwishKind>;
template struct Curve<ThresholdedReluKind>;

Result<Types> Gelu::infer(const KnownInputs& inputs) const {
  return infer_activation(inputs, {DType::i8, DType::u8, DType::i16});
}

Cost Gelu::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Gelu::eval(EvalIo& io) const {
  if (is_float(io.type(0).dtype)) {
    each_float(io, [&](auto x) { return approximate ? approximate_gelu(x) : gelu(x); });
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  run_table(io, approximate ? approximate_gelu<float> : gelu<float>);
  return {};
}

Result<Types> LeakyRelu::infer(const KnownInputs& inputs) const {
  if (!std::isfinite(slope)) return fail(Code::invalid_input, "a slope of {}", slope);
  return infer_activation(inputs, {DType::i8, DType::u8, DType::i16});
}

Cost LeakyRelu::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> LeakyRelu::eval(EvalIo& io) const {
  if (is_float(io.type(0).dtype)) {
    each_float(io, [&](auto x) { return x > 0 ? x : x * slope; });
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  with_integer(io.type(0).dtype, [&]<class T>(T) { leaky_integers<T>(io, slope); });
  return {};
}

Result<Types> PRelu::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  const auto& slope = inputs.type(1);
  if (!kNumbers.has(x.dtype))
    return fail(Code::unsupported, "the input is {}, which is not taken", name_of(x.dtype));
  const bool scaled = is_quantized(x) || is_quantized(slope);
  const DType slopes = scaled && x.dtype == DType::i16 ? DType::i8 : x.dtype;
  SLIPWAY_TRY(check_dtype("the slope", slope, {slopes}));
  if (scaled) {
    SLIPWAY_TRY(check_activation("the input", x));
    SLIPWAY_TRY(check_activation("the slope", slope));
  }
  const auto y = SLIPWAY_TRY(broadcast(x.shape, slope.shape));
  if (x.is_known() && y != x.shape) {
    return fail(Code::invalid_input, "the slope {} does not broadcast to {}", slope.shape.text(),
                x.shape.text());
  }
  return Types{TensorType{x.dtype, y, {}}};
}

Cost PRelu::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> PRelu::eval(EvalIo& io) const {
  if (!is_quantized(io.type(0))) {
    visit(io.type(0).dtype, [&]<class T>(T) {
      if constexpr (kNumbers.has(kDTypeOf<T>)) {
        const auto y = io.out<T>(0);
        each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T x, T slope) {
          using C = Summed<T>;
          const auto value = static_cast<Compute<T>>(x);
          y[at] = value >= 0 ? x : static_cast<T>(static_cast<C>(value) * static_cast<C>(slope));
        });
      }
    });
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  with_integer(io.type(0).dtype, [&]<class T>(T) {
    prelu_integers<T, std::conditional_t<sizeof(T) == 1, T, std::int8_t>>(io);
  });
  return {};
}

}  // namespace slipway::ops
