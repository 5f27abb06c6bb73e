#include "ops/quant/quantize.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/product.h"
#include "ops/quant/fixed_point.h"
#include "ops/quant/table.h"
#include "ops/whole.h"

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

/// x / scale as a whole number of steps.
std::int64_t steps_of(float x, float scale, bool halves_to_even) {
  const float steps = x / scale;
  return to_i32(halves_to_even ? std::nearbyint(steps) : std::round(steps));
}

template <class Y>
void from_floats(EvalIo& io, bool halves_to_even) {
  const auto& quant = *io.output_type(0).quant;
  const SliceOf slice(io.output_type(0));
  const auto x = io.in<float>(0);
  const auto y = io.out<Y>(0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = slice(i);
    y[i] = saturated<Y>(steps_of(x[i], quant.scale_at(at), halves_to_even) + quant.zero_at(at));
  }
}

/// The scale and zero point, of those that are inputs 1 and 2, of each element of x.
class GivenScales {
 public:
  GivenScales(const EvalIo& io, std::int64_t axis, std::int64_t block) : block_(block) {
    for (const double scale : to_doubles(io.input(1))) scales_.push_back(static_cast<float>(scale));
    zeros_.resize(scales_.size());
    if (io.has(2)) {
      const auto zeros = to_doubles(io.input(2));
      for (std::size_t i = 0; i < zeros_.size(); ++i)
        zeros_[i] = static_cast<std::int64_t>(zeros[i]);
    }
    if (scales_.size() == 1) return;
    const auto& shape = io.input(0).shape();
    const auto at = static_cast<std::size_t>(axis);
    for (std::size_t i = at + 1; i < shape.rank(); ++i) inner_ *= shape[i];
    length_ = shape[at];
  }

  [[nodiscard]] float scale(std::size_t i) const { return scales_[index(i)]; }

  [[nodiscard]] std::int64_t zero(std::size_t i) const { return zeros_[index(i)]; }

 private:
  [[nodiscard]] std::size_t index(std::size_t element) const {
    if (scales_.size() == 1) return 0;
    const auto i = static_cast<std::int64_t>(element);
    const std::int64_t slice = i / inner_ % length_;
    if (block_ == 0) return static_cast<std::size_t>(slice);
    const std::int64_t blocks = (length_ + block_ - 1) / block_;
    const std::int64_t outer = i / inner_ / length_;
    return static_cast<std::size_t>((outer * blocks + slice / block_) * inner_ + i % inner_);
  }

  std::int64_t block_;
  std::int64_t inner_ = 1;
  std::int64_t length_ = 1;
  std::vector<float> scales_;
  std::vector<std::int64_t> zeros_;
};

/// Whether scales (input 1) and zero points (input 2, optional) of type `zero` fit x.
Result<void> check_given(const KnownInputs& inputs, std::int64_t axis, std::int64_t block,
                         DType zero) {
  const auto& x = inputs.type(0).shape;
  const auto& scale = inputs.type(1);
  SLIPWAY_TRY(check_dtype("the scale", scale, {DType::f32, DType::f16, DType::bf16}));
  if (!scale.is_known()) return fail(Code::unsupported, "a scale of unknown shape");
  if (inputs.has(2)) {
    SLIPWAY_TRY(check_dtype("the zero point", inputs.type(2), {zero}));
    const auto& zeros = inputs.type(2);
    const bool one = zeros.is_known() && zeros.shape.elements() == 1 && scale.shape.elements() == 1;
    if (!one && zeros.shape != scale.shape) {
      return fail(Code::invalid_input, "zero points {} for scales {}", zeros.shape.text(),
                  scale.shape.text());
    }
  }
  if (block < 0 || block > Shape::kMaxElements)
    return fail(Code::invalid_input, "blocks of {}", block);
  if (scale.shape.elements() == 1 && block == 0) return {};
  if (axis < 0 || axis >= static_cast<std::int64_t>(x.rank()))
    return fail(Code::invalid_input, "scales along axis {} of {}", axis, x.text());
  const auto at = static_cast<std::size_t>(axis);
  std::vector<std::int64_t> dims = {x[at]};
  if (block > 0) {
    dims.assign(x.begin(), x.end());
    if (x[at] != Shape::kUnknown) dims[at] = x[at] / block + (x[at] % block == 0 ? 0 : 1);
  }
  const auto should = SLIPWAY_TRY(Shape::make(dims));
  // Scales of unknown dimensions are checked when these are known.
  if (should.is_known() && scale.shape != should)
    return fail(Code::invalid_input, "scales {} instead of {}", scale.shape.text(), should.text());
  return {};
}

template <class Y>
void quantize_given(EvalIo& io, const Quantize& op) {
  const GivenScales scales(io, op.axis, op.block);
  const bool is_signed = std::is_signed_v<Y>;
  const std::int64_t low =
      op.bits == 0 ? std::numeric_limits<Y>::min() : (is_signed ? -(1 << (op.bits - 1)) : 0);
  const std::int64_t high =
      op.bits == 0 ? std::numeric_limits<Y>::max() : (1 << (op.bits - (is_signed ? 1 : 0))) - 1;
  const auto y = io.out<Y>(0);
  visit(io.type(0).dtype, [&]<class X>(X) {
    if constexpr (!std::is_same_v<X, bool>) {
      const auto x = io.in<X>(0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto steps = steps_of(static_cast<float>(x[i]), scales.scale(i), op.halves_to_even);
        y[i] = static_cast<Y>(std::clamp(steps + scales.zero(i), low, high));
      }
    }
  });
}

template <class X, class Y>
void dequantize_given(EvalIo& io, const Dequantize& op) {
  const GivenScales scales(io, op.axis, op.block);
  const auto x = io.in<X>(0);
  const auto y = io.out<Y>(0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int64_t steps = static_cast<std::int64_t>(x[i]) - scales.zero(i);
    y[i] = static_cast<Y>(static_cast<float>(steps) * scales.scale(i));
  }
}

void dequantize_given(EvalIo& io, const Dequantize& op) {
  visit(io.type(0).dtype, [&]<class X>(X) {
    if constexpr (std::is_integral_v<X> && sizeof(X) <= 4) {
      if (io.type(1).dtype == DType::f32) dequantize_given<X, float>(io, op);
      if (io.type(1).dtype == DType::f16) dequantize_given<X, Half>(io, op);
      if (io.type(1).dtype == DType::bf16) dequantize_given<X, BFloat16>(io, op);
    }
  });
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
Result<void> quantize_to(EvalIo& io, const Quantize& op) {
  if (io.has(1)) {
    quantize_given<Y>(io, op);
    return {};
  }
  const auto& y = io.output_type(0);
  if (!y.quant)
    return fail(Code::unsupported, "the output is {} without a scale", name_of(y.dtype));
  if (io.type(0).dtype == DType::f32) {
    from_floats<Y>(io, op.halves_to_even);
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
    y[i] = static_cast<float>(steps) * quant.scale_at(at);
  }
}

template <class T>
constexpr bool kStoredFloat = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

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
  SLIPWAY_TRY(inputs.count(1, 3));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(
      check_dtype("the output", {to, {}, {}}, {DType::i8, DType::u8, DType::i16, DType::u16}));
  if (bits < 0 || bits >= size_of(to) * 8) return fail(Code::invalid_input, "{} bits", bits);
  if (inputs.has(1)) {
    SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::f16, DType::bf16, DType::i32}));
    SLIPWAY_TRY(check_given(inputs, axis, block, to));
    return Types{TensorType{to, x.shape, {}}};
  }
  SLIPWAY_TRY(inputs.count(1, 1));
  if (to == DType::u16 || bits != 0)
    return fail(Code::unsupported, "u16 or {} bits without scales", bits);
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8, DType::i16}));
  if (x.dtype != DType::f32) SLIPWAY_TRY(check_activation("the input", x));
  return Types{TensorType{to, x.shape, {}}};
}

Cost Quantize::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Quantize::eval(EvalIo& io) const {
  if (to == DType::i8) return quantize_to<std::int8_t>(io, *this);
  if (to == DType::u8) return quantize_to<std::uint8_t>(io, *this);
  if (to == DType::i16) return quantize_to<std::int16_t>(io, *this);
  return quantize_to<std::uint16_t>(io, *this);
}

Result<Types> Dequantize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 3));
  const auto& x = inputs.type(0);
  if (inputs.has(1)) {
    SLIPWAY_TRY(
        check_dtype("the input", x, {DType::i8, DType::u8, DType::i16, DType::u16, DType::i32}));
    SLIPWAY_TRY(check_given(inputs, axis, block, x.dtype));
    return Types{TensorType{inputs.type(1).dtype, x.shape, {}}};
  }
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(check_dtype("the input", x,
                          {DType::i8, DType::u8, DType::i16, DType::u16, DType::i32, DType::f16}));
  if (x.dtype != DType::f16 && !x.quant) {
    return fail(Code::unsupported, "the input is {} without a scale", name_of(x.dtype));
  }
  return Types{TensorType{DType::f32, x.shape, {}}};
}

Cost Dequantize::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Dequantize::eval(EvalIo& io) const {
  if (io.has(1)) {
    dequantize_given(io, *this);
    return {};
  }
  if (io.type(0).dtype == DType::f16) {
    const auto x = io.in<Half>(0);
    std::transform(x.begin(), x.end(), io.out<float>(0).begin(),
                   [](Half value) { return static_cast<float>(value); });
  }
  if (io.type(0).dtype == DType::i8) dequantize<std::int8_t>(io);
  if (io.type(0).dtype == DType::u8) dequantize<std::uint8_t>(io);
  if (io.type(0).dtype == DType::i16) dequantize<std::int16_t>(io);
  if (io.type(0).dtype == DType::u16) dequantize<std::uint16_t>(io);
  if (io.type(0).dtype == DType::i32) dequantize<std::int32_t>(io);
  return {};
}

Result<Types> DynamicQuantize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(check_dtype("the input", inputs.type(0), {DType::f32}));
  return Types{TensorType{DType::u8, inputs.type(0).shape, {}}, TensorType{DType::f32, {}, {}},
               TensorType{DType::u8, {}, {}}};
}

Cost DynamicQuantize::cost(std::span<const TensorType> inputs) const {
  return {.ops = saturating_product({4, inputs[0].shape.elements()})};
}

Result<void> DynamicQuantize::eval(EvalIo& io) const {
  const auto x = io.in<float>(0);
  float low = 0;
  float high = 0;
  for (const float value : x) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const float scale = high == low ? 1.0F : (high - low) / 255.0F;
  const auto zero = saturated<std::uint8_t>(steps_of(-low, scale, true));
  io.out<float>(1)[0] = scale;
  io.out<std::uint8_t>(2)[0] = zero;
  std::transform(x.begin(), x.end(), io.out<std::uint8_t>(0).begin(), [&](float value) {
    return saturated<std::uint8_t>(steps_of(value, scale, true) + zero);
  });
  return {};
}

Result<Types> Reinterpret::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(
      check_dtype("the input", x, {DType::i8, DType::u8, DType::i16, DType::u16, DType::i32}));
  return Types{TensorType{x.dtype, x.shape, {}}};
}

Cost Reinterpret::cost(std::span<const TensorType> /*inputs*/) const { return {}; }

Result<void> Reinterpret::eval(EvalIo& io) const { return io.share(0, io.input(0)); }

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
