#include "ops/normalize/normalize.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/quant/fixed_math.h"

namespace slipway::ops {
namespace {

/// Calls row(x, y) with each row of the last dimension.
template <class T, class Row>
void each_row(EvalIo& io, Row row) {
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const auto length = static_cast<std::size_t>(io.input(0).shape().back(0));
  for (std::size_t at = 0; at < x.size(); at += length)
    row(x.subspan(at, length), y.subspan(at, length));
}

/// The result in steps of 1/128 about the middle of the type. The sum of squares wraps.
template <class T>
void l2_bytes(EvalIo& io) {
  const std::int32_t zero = io.type(0).quant->zero_point[0];
  constexpr std::int32_t kLow = std::numeric_limits<T>::min();
  constexpr std::int32_t kHigh = std::numeric_limits<T>::max();
  each_row<T>(io, [&](std::span<const T> x, std::span<T> y) {
    std::uint32_t sum = 0;
    for (const T value : x) {
      const std::int32_t centred = value - zero;
      sum += static_cast<std::uint32_t>(centred * centred);
    }
    auto root = fixed::inverse_root(static_cast<std::int32_t>(sum));
    // Bytes with a sign shift the result, those without shift the element.
    constexpr bool kSigned = std::is_signed_v<T>;
    if (kSigned) root.shift += 7;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int32_t centred = (x[i] - zero) * (kSigned ? 1 : 128);
      const std::int32_t scaled = fixed::scale(centred, root) + (kSigned ? 0 : 128);
      y[i] = static_cast<T>(std::clamp(scaled, kLow, kHigh));
    }
  });
}

void l2_f32(EvalIo& io) {
  each_row<float>(io, [&](std::span<const float> x, std::span<float> y) {
    float sum = 0;
    for (const float value : x) sum += value * value;
    const float length = std::max(std::sqrt(sum), 1e-6F);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] / length;
  });
}

template <class T>
void run_lrn(const LocalResponseNormalization& op, std::span<const T> x, std::span<T> y) {
  using C = Compute<T>;
  const auto count = static_cast<std::int64_t>(x.size());
  const std::int64_t reach = std::min(op.radius, count);
  for (std::int64_t c = 0; c < count; ++c) {
    C sum = 0;
    for (std::int64_t k = std::max<std::int64_t>(0, c - reach);
         k < std::min(count, c + reach + 1 + (op.even ? 1 : 0)); ++k) {
      const auto value = static_cast<C>(x[static_cast<std::size_t>(k)]);
      sum += value * value;
    }
    const auto at = static_cast<std::size_t>(c);
    const C size = std::pow(op.bias + op.alpha * sum, static_cast<C>(-op.beta));
    y[at] = static_cast<T>(static_cast<C>(x[at]) * size);
  }
}

Result<void> check_rows(const TensorType& x) {
  if (x.shape.rank() > 0) return {};
  return fail(Code::invalid_input, "a scalar has no channels");
}

}  // namespace

Result<Types> L2Normalization::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_rows(x));
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8}));
  if (x.dtype != DType::f32) SLIPWAY_TRY(check_activation("the input", x));
  return Types{TensorType{x.dtype, x.shape, {}}};
}

Cost L2Normalization::cost(std::span<const TensorType> inputs) const {
  return {.ops = 3 * inputs[0].shape.elements()};
}

Result<void> L2Normalization::eval(EvalIo& io) const {
  if (io.type(0).dtype == DType::f32) {
    if (io.input(0).elements() > 0) l2_f32(io);
    return {};
  }
  const auto& y = io.output_type(0);
  SLIPWAY_TRY(check_activation("the output", y));
  const auto wanted = per_tensor(0x1p-7F, y.dtype == DType::u8 ? 128 : 0);
  if (*y.quant != wanted) {
    return fail(Code::unsupported, "an output of {} instead of {}", y.quant->text(), wanted.text());
  }
  if (io.input(0).elements() == 0) return {};
  if (y.dtype == DType::u8) l2_bytes<std::uint8_t>(io);
  if (y.dtype == DType::i8) l2_bytes<std::int8_t>(io);
  return {};
}

Result<Types> LocalResponseNormalization::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_rows(x));
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  if (radius < 0) return fail(Code::invalid_input, "a radius of {}", radius);
  return Types{x};
}

Cost LocalResponseNormalization::cost(std::span<const TensorType> inputs) const {
  const auto& shape = inputs[0].shape;
  return {.ops = shape.elements() * (2 * std::min(radius, shape.back(0)) + 3)};
}

Result<void> LocalResponseNormalization::eval(EvalIo& io) const {
  if (io.input(0).elements() == 0) return {};
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kFloats.has(kDTypeOf<T>)) {
      each_row<T>(io, [&](std::span<const T> x, std::span<T> y) { run_lrn(*this, x, y); });
    }
  });
  return {};
}

}  // namespace slipway::ops
