#include "ops/elementwise/rectifier.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/broadcast.h"
#include "ops/quant/fixed_point.h"
#include "ops/quant/table.h"

namespace slipway::ops {
namespace {

Result<Types> infer_activation(const KnownInputs& inputs) {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  if (x.dtype != DType::f32) {
    SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8, DType::i16}));
    SLIPWAY_TRY(check_activation("the input", x));
  }
  return Types{x};
}

float gelu(float x) {
  constexpr float kMinusRootHalf = -0.70710678118654752F;
  return 0.5F * x * std::erfc(x * kMinusRootHalf);
}

float approximate_gelu(float x) {
  constexpr float kRootOfTwoOverPi = 0.79788456080286536F;
  return 0.5F * x * (1.0F + std::tanh(kRootOfTwoOverPi * (x + 0.044715F * x * x * x)));
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

template <class T>
void prelu_integers(EvalIo& io) {
  const auto& x_quant = *io.type(0).quant;
  const auto& slope_quant = *io.type(1).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const float ratio = x_quant.scale[0] / y_quant.scale[0];
  const float scaled_slope = x_quant.scale[0] * slope_quant.scale[0] / y_quant.scale[0];
  const auto above = fixed::quantize(static_cast<double>(ratio));
  const auto below = fixed::quantize(static_cast<double>(scaled_slope));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T element, T slope) {
    const std::int32_t value = element - x_quant.zero_point[0];
    const auto product = static_cast<std::int32_t>(static_cast<std::int64_t>(value) *
                                                   (slope - slope_quant.zero_point[0]));
    const std::int64_t steps =
        value >= 0 ? fixed::scale(value, above) : fixed::scale(product, below);
    y[at] = saturated<T>(steps + y_quant.zero_point[0]);
  });
}

}  // namespace

Result<Types> Gelu::infer(const KnownInputs& inputs) const { return infer_activation(inputs); }

Cost Gelu::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Gelu::eval(EvalIo& io) const {
  const auto f = approximate ? approximate_gelu : gelu;
  if (io.type(0).dtype == DType::f32) {
    const auto x = io.in<float>(0);
    std::transform(x.begin(), x.end(), io.out<float>(0).begin(), f);
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  run_table(io, f);
  return {};
}

Result<Types> LeakyRelu::infer(const KnownInputs& inputs) const {
  if (!std::isfinite(slope)) return fail(Code::invalid_input, "a slope of {}", slope);
  return infer_activation(inputs);
}

Cost LeakyRelu::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> LeakyRelu::eval(EvalIo& io) const {
  if (io.type(0).dtype == DType::f32) {
    const auto x = io.in<float>(0);
    std::transform(x.begin(), x.end(), io.out<float>(0).begin(),
                   [&](float value) { return value > 0 ? value : value * slope; });
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
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8, DType::i16}));
  SLIPWAY_TRY(check_dtype("the slope", slope, {x.dtype}));
  if (x.dtype != DType::f32) {
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
  if (io.type(0).dtype == DType::f32) {
    const auto y = io.out<float>(0);
    each_pair<float>(io, io.output_type(0).shape,
                     [&](std::size_t at, float x, float slope) { y[at] = x >= 0 ? x : x * slope; });
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  with_integer(io.type(0).dtype, [&]<class T>(T) { prelu_integers<T>(io); });
  return {};
}

}  // namespace slipway::ops
