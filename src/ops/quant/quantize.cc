#include "ops/quant/quantize.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/quant/fixed_point.h"
#include "ops/quant/table.h"

namespace slipway::ops {
namespace {

/// The slice of the quantized axis that element `i` of a tensor belongs to.
class SliceOf {
 public:
  explicit SliceOf(const TensorType& type) {
    if (!type.quant->per_axis()) return;
    const auto axis = static_cast<std::size_t>(type.quant->axis);
    for (std::size_t i = axis + 1; i < type.shape.rank(); ++i) inner_ *= type.shape[i];
    length_ = type.shape[axis];
  }

  [[nodiscard]] std::size_t operator()(std::size_t i) const {
    return static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner_ % length_);
  }

 private:
  std::int64_t inner_ = 1;
  std::int64_t length_ = 1;
};

template <class T>
T saturated(std::int64_t x) {
  return static_cast<T>(
      std::clamp<std::int64_t>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class Y>
void from_floats(EvalIo& io) {
  const auto& quant = *io.output_type(0).quant;
  const SliceOf slice(io.output_type(0));
  const auto x = io.in<float>(0);
  const auto y = io.out<Y>(0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = slice(i);
    const std::int64_t steps = to_i32(std::round(x[i] / quant.scale_at(at)));
    y[i] = saturated<Y>(steps + quant.zero_at(at));
  }
}

template <class X, class Y>
void rescale(EvalIo& io) {
  const auto& from = *io.type(0).quant;
  const auto& to = *io.output_type(0).quant;
  const auto multiplier =
      fixed::quantize(static_cast<double>(from.scale[0]) / static_cast<double>(to.scale[0]));
  const auto x = io.in<X>(0);
  std::transform(x.begin(), x.end(), io.out<Y>(0).begin(), [&](X value) {
    const std::int64_t steps = fixed::scale(value - from.zero_point[0], multiplier);
    return saturated<Y>(steps + to.zero_point[0]);
  });
}

template <class Y>
Result<void> quantize_to(EvalIo& io) {
  const auto& y = io.output_type(0);
  if (!y.quant)
    return fail(Code::unsupported, "the output is {} without a scale", name_of(y.dtype));
  if (io.type(0).dtype == DType::f32) {
    from_floats<Y>(io);
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", y));
  if (io.type(0).dtype == DType::i8) rescale<std::int8_t, Y>(io);
  if (io.type(0).dtype == DType::u8) rescale<std::uint8_t, Y>(io);
  if (io.type(0).dtype == DType::i16) rescale<std::int16_t, Y>(io);
  return {};
}

template <class X>
void dequantize(EvalIo& io) {
  const auto& quant = *io.type(0).quant;
  const SliceOf slice(io.type(0));
  const auto x = io.in<X>(0);
  const auto y = io.out<float>(0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = slice(i);
    const std::int64_t steps = static_cast<std::int64_t>(x[i]) - quant.zero_at(at);
    y[i] = static_cast<float>(static_cast<double>(quant.scale_at(at)) * static_cast<double>(steps));
  }
}

template <class T>
constexpr bool kStoredFloat = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

/// A float as a whole number: without its fraction, saturated.
template <class To, class From>
To whole(From x) {
  if (std::isnan(x)) return std::numeric_limits<To>::max();
  // The largest whole number may round up to one that is too large: hence >=.
  if (x >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  if (x <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  return static_cast<To>(x);
}

template <class To, class From>
To converted(From x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (kStoredFloat<From>) {
    return converted<To>(static_cast<float>(x));
  } else if constexpr (kStoredFloat<To>) {
    return To(static_cast<float>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return whole<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

Result<Types> Quantize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_dtype("the output", {to, {}, {}}, {DType::i8, DType::u8, DType::i16}));
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8, DType::i16}));
  if (x.dtype != DType::f32) SLIPWAY_TRY(check_activation("the input", x));
  return Types{TensorType{to, x.shape, {}}};
}

Cost Quantize::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Quantize::eval(EvalIo& io) const {
  if (to == DType::i8) return quantize_to<std::int8_t>(io);
  if (to == DType::u8) return quantize_to<std::uint8_t>(io);
  return quantize_to<std::int16_t>(io);
}

Result<Types> Dequantize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_dtype("the input", x, {DType::i8, DType::u8, DType::i16, DType::f16}));
  if (x.dtype != DType::f16 && !x.quant) {
    return fail(Code::unsupported, "the input is {} without a scale", name_of(x.dtype));
  }
  return Types{TensorType{DType::f32, x.shape, {}}};
}

Cost Dequantize::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Dequantize::eval(EvalIo& io) const {
  if (io.type(0).dtype == DType::f16) {
    const auto x = io.in<Half>(0);
    std::transform(x.begin(), x.end(), io.out<float>(0).begin(),
                   [](Half value) { return static_cast<float>(value); });
  }
  if (io.type(0).dtype == DType::i8) dequantize<std::int8_t>(io);
  if (io.type(0).dtype == DType::u8) dequantize<std::uint8_t>(io);
  if (io.type(0).dtype == DType::i16) dequantize<std::int16_t>(io);
  return {};
}

Result<Types> Cast::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  return Types{TensorType{to, inputs.type(0).shape, {}}};
}

Cost Cast::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Cast::eval(EvalIo& io) const {
  visit(io.type(0).dtype, [&]<class From>(From) {
    visit(to, [&]<class To>(To) {
      const auto x = io.in<From>(0);
      std::transform(x.begin(), x.end(), io.out<To>(0).begin(),
                     [](From value) { return converted<To>(value); });
    });
  });
  return {};
}

Result<Types> FakeQuant::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(check_dtype("the input", inputs.type(0), {DType::f32}));
  if (bits < 2 || bits > 16) return fail(Code::invalid_input, "{} bits", bits);
  if (!(min <= 0 && max >= 0 && min < max) || !std::isfinite(max - min)) {
    return fail(Code::invalid_input, "a range of {} to {}", min, max);
  }
  return Types{inputs.type(0)};
}

Cost FakeQuant::cost(std::span<const TensorType> inputs) const {
  return {.ops = 2 * inputs[0].shape.elements()};
}

Result<void> FakeQuant::eval(EvalIo& io) const {
  const float low = narrow_range ? 1 : 0;
  const auto high = static_cast<float>((1 << bits) - 1);
  const float scale = (max - min) / (high - low);
  const float zero = std::round(std::clamp(low - min / scale, low, high));
  const float least = (low - zero) * scale;
  const float most = (high - zero) * scale;
  const float inverse = 1.0F / scale;
  const auto x = io.in<float>(0);
  std::transform(x.begin(), x.end(), io.out<float>(0).begin(), [&](float value) {
    const float shifted = std::min(most, std::max(least, value)) - least;
    return std::round(shifted * inverse) * scale + least;
  });
  return {};
}

}  // namespace slipway::ops
