#include "ops/conv/sum.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/quant/rescale.h"

namespace slipway::ops {
namespace {

void run_float(EvalIo& io, const ConvSum& sum, Activation activation) {
  const auto y = io.out<float>(0);
  // The bias comes last, as in the kernels we are compared with: sums of floats depend on the
  // order.
  const auto bias = bias_sums<float>(io, 2, sum.outputs());
  const std::vector<float> start(bias.size(), 0.0F);
  const auto range = range_of(activation);
  const auto finish = [&](std::span<const float> sums, std::size_t index) {
    for (std::size_t o = 0; o < sums.size(); ++o) {
      y[index + o] = std::min(std::max(sums[o] + bias[o], range.low), range.high);
    }
  };
  sum.each_position<float>(io.in<float>(0), 0.0F, io.in<float>(1), std::span<const float>(start),
                           finish);
}

/// X is the activation's type, Sum the accumulator's.
template <class X, class Sum>
void run_integer(EvalIo& io, const ConvSum& sum, const SumFields& fields) {
  const auto& x_type = io.type(0);
  const bool float_product = io.type(1).dtype == DType::u8;
  const Rescale rescale(x_type, io.type(1), io.output_type(0),
                        {fields.activation, fields.rounding, float_product});
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

/// Bytes that stand for the activations of one batch entry.
struct Quantized {
  std::vector<std::int16_t> values;
  float scale = 1;
  std::int16_t zero_point = 0;
};

/// The zero point, of the two that the ends of the range ask for, that is off by less.
std::int16_t asymmetric_zero(double low, double high, double scale) {
  const double from_low = -128.0 - low / scale;
  const double from_high = 127.0 - high / scale;
  const bool low_is_better = 128.0 + std::abs(low / scale) < 127.0 + std::abs(high / scale);
  const double zero = std::round(low_is_better ? from_low : from_high);
  return static_cast<std::int16_t>(fixed::whole(zero, -128.0, 127.0));
}

/// Source  TensorFlow Lite, SymmetricQuantizeFloats and AsymmetricQuantizeFloats
Quantized quantize_activations(std::span<const float> x, DynamicRange range) {
  Quantized out;
  out.values.resize(x.size());
  float low = 0;
  float high = 0;
  for (const float value : x) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!std::isfinite(low) || !std::isfinite(high) || low == high) return out;
  const float largest = std::max(-low, high);
  float inverse = 127.0F / largest;
  out.scale = largest / 127.0F;
  if (range == DynamicRange::asymmetric) {
    const double scale = (static_cast<double>(high) - static_cast<double>(low)) / 255.0;
    out.scale = static_cast<float>(scale);
    out.zero_point = asymmetric_zero(static_cast<double>(low), static_cast<double>(high), scale);
    inverse = 1.0F / out.scale;
  }
  const float least = range == DynamicRange::symmetric ? -127.0F : -128.0F;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float steps = std::round(static_cast<float>(out.zero_point) + x[i] * inverse);
    // The comparison is false for not-a-number, which becomes the least step.
    out.values[i] = static_cast<std::int16_t>(steps > least ? std::min(steps, 127.0F) : least);
  }
  return out;
}

/// f32 activations with i8 weights: integer sums, scaled back to floats.
void run_hybrid(EvalIo& io, const ConvSum& sum, const SumFields& fields) {
  const auto x = io.in<float>(0);
  const auto y = io.out<float>(0);
  const auto& w_quant = *io.type(1).quant;
  const auto w = centred_weights(io.input(1));
  const auto bias = bias_sums<float>(io, 2, sum.outputs());
  const std::vector<std::int32_t> start(bias.size(), 0);
  const auto range = range_of(fields.activation);
  const auto x_size = static_cast<std::size_t>(sum.picture_size());
  const auto y_size = static_cast<std::size_t>(sum.result_size());
  for (std::size_t n = 0; n < static_cast<std::size_t>(sum.batch()); ++n) {
    const auto picture = quantize_activations(x.subspan(n * x_size, x_size), fields.dynamic_range);
    const auto finish = [&](std::span<const std::int32_t> sums, std::size_t index) {
      for (std::size_t o = 0; o < sums.size(); ++o) {
        const auto sum_real = static_cast<float>(sums[o]);
        const float w_scale = w_quant.scale_at(o);
        const float real = (fields.scales_in_turn ? (sum_real * w_scale) * picture.scale
                                                  : sum_real * (w_scale * picture.scale)) +
                           bias[o];
        y[n * y_size + index + o] = std::min(std::max(real, range.low), range.high);
      }
    };
    sum.for_one().each_position<std::int32_t>(std::span<const std::int16_t>(picture.values),
                                              picture.zero_point, std::span<const std::int16_t>(w),
                                              std::span<const std::int32_t>(start), finish);
  }
}

/// Quantized weights have one scale, or one per output.
Result<void> check_weights(const TensorType& w) {
  if (!w.quant) {
    return fail(Code::unsupported, "the filter is {} without a scale", name_of(w.dtype));
  }
  if (w.quant->per_axis() && static_cast<std::size_t>(w.quant->axis) + 1 != w.shape.rank()) {
    return fail(Code::unsupported, "the filter is quantized along axis {}, not along its outputs",
                w.quant->axis);
  }
  const auto range = fixed::range_of(w.dtype);
  for (const auto zero : w.quant->zero_point) {
    if (zero < range.low || zero > range.high) {
      return fail(Code::invalid_input, "a zero point of {} for {}", zero, name_of(w.dtype));
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

bool has_wide_sums(const EvalIo& io) {
  return io.type(0).dtype == DType::i16 && !(io.has(2) && io.type(2).dtype == DType::i32);
}

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
    if (w.dtype == DType::i8) SLIPWAY_TRY(check_weights(w));
    if (has_bias) SLIPWAY_TRY(check_dtype("the bias", inputs.type(2), {DType::f32}));
    return {};
  }
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::i8, DType::u8, DType::i16}));
  SLIPWAY_TRY(check_activation("the input", x));
  SLIPWAY_TRY(check_dtype("the filter", w, {DType::i8, DType::u8}));
  SLIPWAY_TRY(check_weights(w));
  if (has_bias) SLIPWAY_TRY(check_dtype("the bias", inputs.type(2), {DType::i32, DType::i64}));
  return {};
}

Result<void> run_conv(EvalIo& io, const ConvSum& sum, const SumFields& fields) {
  const DType dtype = io.type(0).dtype;
  if (dtype == DType::f32) {
    if (io.type(1).dtype == DType::f32) {
      run_float(io, sum, fields.activation);
    } else {
      run_hybrid(io, sum, fields);
    }
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  if (dtype == DType::u8) run_integer<std::uint8_t, std::int32_t>(io, sum, fields);
  if (dtype == DType::i8) run_integer<std::int8_t, std::int32_t>(io, sum, fields);
  if (dtype != DType::i16) return {};
  if (has_wide_sums(io)) {
    run_integer<std::int16_t, std::int64_t>(io, sum, fields);
  } else {
    run_integer<std::int16_t, std::int32_t>(io, sum, fields);
  }
  return {};
}

}  // namespace slipway::ops
