#include "ops/conv/sum.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/conv/hybrid.h"
#include "ops/quant/rescale.h"

namespace slipway::ops {
namespace {

void run_float(EvalIo& io, const ConvSum& sum, Activation activation) {
  const auto y = io.out<float>(0);
  const auto start = bias_sums<float>(io, 2, sum.outputs());
  const auto range = range_of(activation);
  sum.each_position<float>(io.in<float>(0), 0.0F, io.in<float>(1), std::span<const float>(start),
                           [&](std::span<const float> sums, std::size_t index) {
                             for (std::size_t o = 0; o < sums.size(); ++o) {
                               y[index + o] = std::min(std::max(sums[o], range.low), range.high);
                             }
                           });
}

/// X is the activation's type, Sum the accumulator's.
template <class X, class Sum>
void run_integer(EvalIo& io, const ConvSum& sum, const ConvFinish& end) {
  const auto& x_type = io.type(0);
  const Rescale rescale(x_type, io.type(1), io.output_type(0),
                        {end.activation, end.rounding, end.float_product});
  // Bytes are widened once, so that the sums below are over 16-bit numbers for every type.
  const auto bytes = io.in<X>(0);
  const std::vector<std::int16_t> x(bytes.begin(), bytes.end());
  const auto w = centred_weights(io.input(1));
  const auto start = bias_sums<Sum>(io, 2, sum.outputs());
  const auto y = io.out<X>(0);
  const auto zero = static_cast<std::int16_t>(x_type.quant->zero_point[0]);
  sum.each_position<Sum>(std::span<const std::int16_t>(x), zero, std::span<const std::int16_t>(w),
                         std::span<const Sum>(start),
                         [&](std::span<const Sum> sums, std::size_t index) {
                           for (std::size_t o = 0; o < sums.size(); ++o) {
                             y[index + o] = static_cast<X>(rescale(sums[o], o));
                           }
                         });
}

/// Weights have a scale, for all or per output, and zero points that are elements of their type.
Result<void> check_weights(const TensorType& w) {
  if (!w.quant)
    return fail(Code::unsupported, "the filter is {} without a scale", name_of(w.dtype));
  if (w.quant->per_axis() && static_cast<std::size_t>(w.quant->axis) + 1 != w.shape.rank()) {
    return fail(Code::unsupported, "the filter is quantized along axis {}, not along its outputs",
                w.quant->axis);
  }
  const auto range = fixed::range_of(w.dtype);
  for (const auto zero : w.quant->zero_point) {
    if (zero < range.low || zero > range.high) {
      return fail(Code::invalid_input, "the filter is {} with a zero point of {}", name_of(w.dtype),
                  zero);
    }
  }
  return {};
}

}  // namespace

std::vector<std::int16_t> centred_weights(const Tensor& w) {
  const auto& quant = *w.type().quant;
  const auto outputs = static_cast<std::size_t>(w.shape().back(0));
  std::vector<std::int16_t> centred(static_cast<std::size_t>(w.elements()));
  const auto copy = [&]<class T>(std::span<const T> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      centred[i] = static_cast<std::int16_t>(values[i] - quant.zero_at(i % outputs));
    }
  };
  if (w.dtype() == DType::u8) {
    copy(w.values<std::uint8_t>());
  } else {
    copy(w.values<std::int8_t>());
  }
  return centred;
}

template <class Sum>
std::vector<Sum> bias_sums(const EvalIo& io, std::size_t index, std::int64_t outputs) {
  std::vector<Sum> sums(static_cast<std::size_t>(outputs), Sum{});
  if (!io.has(index)) return sums;
  const auto copy = [&](auto values) { std::copy(values.begin(), values.end(), sums.begin()); };
  if (io.type(index).dtype == DType::f32) {
    copy(io.in<float>(index));
  } else if (io.type(index).dtype == DType::i64) {
    copy(io.in<std::int64_t>(index));
  } else {
    copy(io.in<std::int32_t>(index));
  }
  return sums;
}

template std::vector<float> bias_sums<float>(const EvalIo&, std::size_t, std::int64_t);
template std::vector<std::int32_t> bias_sums<std::int32_t>(const EvalIo&, std::size_t,
                                                           std::int64_t);
template std::vector<std::int64_t> bias_sums<std::int64_t>(const EvalIo&, std::size_t,
                                                           std::int64_t);

Result<void> check_conv_types(const KnownInputs& inputs, std::int64_t outputs) {
  const auto& x = inputs.type(0);
  const auto& w = inputs.type(1);
  const bool has_bias = inputs.has(2);
  if (has_bias) {
    const auto& b = inputs.type(2);
    if (!b.is_known() || b.shape.elements() != outputs) {
      return fail(Code::invalid_input, "the bias {} does not fit {} outputs", b.shape.text(),
                  outputs);
    }
  }
  if (x.dtype == DType::f32) {
    SLIPWAY_TRY(check_dtype("the filter", w, {DType::f32, DType::i8}));
    if (has_bias) SLIPWAY_TRY(check_dtype("the bias", inputs.type(2), {DType::f32}));
    return w.dtype == DType::i8 ? check_weights(w) : Result<void>();
  }
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8, DType::i16}));
  SLIPWAY_TRY(check_activation("the input", x));
  SLIPWAY_TRY(check_dtype("the filter", w, {DType::i8, DType::u8}));
  SLIPWAY_TRY(check_weights(w));
  if (has_bias) SLIPWAY_TRY(check_dtype("the bias", inputs.type(2), {DType::i32, DType::i64}));
  return {};
}

Result<void> run_conv(EvalIo& io, const ConvSum& sum, const ConvFinish& finish) {
  const DType dtype = io.type(0).dtype;
  if (dtype == DType::f32) {
    if (io.type(1).dtype == DType::i8) {
      run_hybrid(io, sum, finish.activation, finish.asymmetric);
    } else {
      run_float(io, sum, finish.activation);
    }
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  if (dtype == DType::u8) run_integer<std::uint8_t, std::int32_t>(io, sum, finish);
  if (dtype == DType::i8) run_integer<std::int8_t, std::int32_t>(io, sum, finish);
  if (dtype == DType::i16) run_integer<std::int16_t, std::int64_t>(io, sum, finish);
  return {};
}

}  // namespace slipway::ops
