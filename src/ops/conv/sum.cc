#include "ops/conv/sum.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/broadcast.h"
#include "ops/quant/rescale.h"

namespace slipway::ops {
namespace {

template <class T>
void run_float(EvalIo& io, const ConvSum& sum, Activation activation) {
  using Sum = SumOf<T>;
  const auto y = io.out<T>(0);
  // The bias comes last, as in the kernels we are compared with: sums of floats depend on the
  // order.
  const auto bias = bias_sums<Sum>(io, 2, sum.outputs());
  const std::vector<Sum> start(bias.size(), Sum{});
  const auto range = range_of(activation);
  const auto low = static_cast<Sum>(range.low);
  const auto high = static_cast<Sum>(range.high);
  const auto finish = [&](std::span<const Sum> sums, std::size_t index) {
    for (std::size_t o = 0; o < sums.size(); ++o) {
      y[index + o] = static_cast<T>(std::min(std::max(sums[o] + bias[o], low), high));
    }
  };
  const auto x = widened<Sum>(io.in<T>(0));
  const auto w = widened<Sum>(io.in<T>(1));
  sum.each_position<Sum>(std::span<const Sum>(x), Sum{}, std::span<const Sum>(w),
                         std::span<const Sum>(start), finish);
}

/// Plain bytes: the sums are the result.
void run_plain_bytes(EvalIo& io, const ConvSum& sum) {
  const auto x = centred<std::int16_t>(io, 0, 3);
  const auto w = centred<std::int16_t>(io, 1, 4);
  const std::vector<std::int32_t> start(static_cast<std::size_t>(sum.outputs()), 0);
  const auto y = io.out<std::int32_t>(0);
  const auto finish = [&](std::span<const std::int32_t> sums, std::size_t index) {
    std::copy(sums.begin(), sums.end(), y.begin() + static_cast<std::ptrdiff_t>(index));
  };
  sum.each_position<std::int32_t>(std::span<const std::int16_t>(x), std::int16_t{0},
                                  std::span<const std::int16_t>(w),
                                  std::span<const std::int32_t>(start), finish);
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

Result<void> check_plain_bytes(std::string_view what, const KnownInputs& inputs, std::size_t x,
                               std::size_t zero) {
  const auto& type = inputs.type(x);
  SLIPWAY_TRY(check_dtype(what, type, {DType::u8, DType::i8}));
  if (type.quant) return fail(Code::unsupported, "{} has a scale, the others have none", what);
  if (!inputs.has(zero)) return {};
  SLIPWAY_TRY(check_dtype("the zero point", inputs.type(zero), {type.dtype}));
  const auto& from = inputs.type(zero).shape;
  const auto both = broadcast(from, type.shape);
  if (!from.is_known() || !both || *both != type.shape) {
    return fail(Code::invalid_input, "zero points {} do not fit {} {}", from.text(), what,
                type.shape.text());
  }
  return {};
}

template <class Out>
std::vector<Out> centred(const EvalIo& io, std::size_t x, std::size_t zero) {
  std::vector<Out> out(static_cast<std::size_t>(io.input(x).elements()));
  const auto copy = [&]<class T>(std::span<const T> values) {
    if (!io.has(zero)) {
      std::copy(values.begin(), values.end(), out.begin());
      return;
    }
    const auto zeros = io.in<T>(zero);
    ops::BroadcastIndex at(io.input(zero).shape(), io.input(x).shape());
    for (std::size_t i = 0; i < values.size(); ++i, at.next())
      out[i] = static_cast<Out>(values[i] - zeros[at.index()]);
  };
  if (io.type(x).dtype == DType::u8) {
    copy(io.in<std::uint8_t>(x));
  } else {
    copy(io.in<std::int8_t>(x));
  }
  return out;
}

template std::vector<std::int16_t> centred<std::int16_t>(const EvalIo&, std::size_t, std::size_t);
template std::vector<std::int32_t> centred<std::int32_t>(const EvalIo&, std::size_t, std::size_t);

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

/// Whether sums of type Sum may start from a bias of type T.
template <class T, class Sum>
constexpr bool kIsBiasOf =
    std::is_integral_v<Sum> ? std::is_integral_v<T>
                            : !std::is_integral_v<T> && std::is_same_v<SumOf<T>, Sum>;

template <class Sum>
std::vector<Sum> bias_sums(const EvalIo& io, std::size_t index, std::int64_t outputs) {
  std::vector<Sum> sums(static_cast<std::size_t>(outputs), Sum{});
  if (!io.has(index)) return sums;
  visit(io.type(index).dtype, [&]<class T>(T) {
    if constexpr (kIsBiasOf<T, Sum>) {  // as they were checked
      const auto values = io.in<T>(index);
      std::transform(values.begin(), values.end(), sums.begin(),
                     [](T value) { return static_cast<Sum>(value); });
    }
  });
  return sums;
}

template std::vector<float> bias_sums<float>(const EvalIo&, std::size_t, std::int64_t);
template std::vector<double> bias_sums<double>(const EvalIo&, std::size_t, std::int64_t);
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
  if (is_float(x.dtype)) {
    if (x.dtype == DType::f32) {
      SLIPWAY_TRY(check_dtype("the filter", w, {DType::f32, DType::i8}));
    } else {
      SLIPWAY_TRY(check_dtype("the filter", w, {x.dtype}));
    }
    if (w.dtype == DType::i8) SLIPWAY_TRY(check_weights(w));
    if (has_bias) SLIPWAY_TRY(check_dtype("the bias", inputs.type(2), {x.dtype}));
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
  if (is_float(dtype) && io.type(1).dtype != dtype) {
    run_hybrid(io, sum, fields);
    return {};
  }
  if (dtype == DType::f32) run_float<float>(io, sum, fields.activation);
  if (dtype == DType::f16) run_float<Half>(io, sum, fields.activation);
  if (dtype == DType::bf16) run_float<BFloat16>(io, sum, fields.activation);
  if (dtype == DType::f64) run_float<double>(io, sum, fields.activation);
  if (is_float(dtype)) return {};
  if (is_plain_byte(io.type(0))) {
    run_plain_bytes(io, sum);
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
