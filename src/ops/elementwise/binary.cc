#include "ops/elementwise/binary.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/elementwise/broadcast.h"

namespace slipway::ops {
namespace {

/// What one op computes on two numbers of a plain type.
template <class Kind>
struct Formula;

template <>
struct Formula<AddKind> {
  template <class T>
  static T of(T a, T b) {
    return a + b;
  }
};

template <>
struct Formula<SubKind> {
  template <class T>
  static T of(T a, T b) {
    return a - b;
  }
};

template <>
struct Formula<MulKind> {
  template <class T>
  static T of(T a, T b) {
    return a * b;
  }
};

/// Calls write(index, a[i], b[j]) for each element of the output.
template <class T, class Write>
void each_pair(const EvalIo& io, const Shape& output, Write write) {
  const auto a = io.in<T>(0);
  const auto b = io.in<T>(1);
  BroadcastIndex i(io.input(0).shape(), output);
  BroadcastIndex j(io.input(1).shape(), output);
  const auto count = static_cast<std::size_t>(output.elements());
  for (std::size_t at = 0; at < count; ++at, i.next(), j.next())
    write(at, a[i.index()], b[j.index()]);
}

template <class T, class Kind>
void run_plain(EvalIo& io, Activation activation) {
  const auto y = io.out<T>(0);
  const auto range = range_of(activation);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      y[at] = std::min(std::max(Formula<Kind>::template of<T>(a, b), range.low), range.high);
    } else {
      using U = std::make_unsigned_t<T>;  // wraps instead of overflowing
      y[at] = static_cast<T>(Formula<Kind>::template of<U>(static_cast<U>(a), static_cast<U>(b)));
    }
  });
}

/// Both inputs are brought to twice the larger scale with `headroom` bits below the point, added,
/// and rescaled.
template <class T>
void run_quantized_sum(EvalIo& io, Activation activation, Rounding rounding, bool subtract) {
  const auto& a_quant = *io.type(0).quant;
  const auto& b_quant = *io.type(1).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const int headroom = sizeof(T) == 1 ? 20 : 15;
  const double twice_max = 2 * static_cast<double>(std::max(a_quant.scale[0], b_quant.scale[0]));
  const auto a_multiplier = fixed::quantize(static_cast<double>(a_quant.scale[0]) / twice_max);
  const auto b_multiplier = fixed::quantize(static_cast<double>(b_quant.scale[0]) / twice_max);
  const auto y_multiplier = fixed::quantize(
      twice_max / (static_cast<double>(1 << headroom) * static_cast<double>(y_quant.scale[0])));
  const auto range = clamp_range(activation, io.output_type(0));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const std::int32_t a_wide = (a - a_quant.zero_point[0]) * (1 << headroom);
    const std::int32_t b_wide = (b - b_quant.zero_point[0]) * (1 << headroom);
    const std::int32_t a_scaled = fixed::scale(a_wide, a_multiplier, rounding);
    const std::int32_t b_scaled = fixed::scale(b_wide, b_multiplier, rounding);
    const std::int32_t sum = subtract ? a_scaled - b_scaled : a_scaled + b_scaled;
    const std::int32_t scaled = fixed::scale(sum, y_multiplier, rounding) + y_quant.zero_point[0];
    y[at] = static_cast<T>(std::clamp(scaled, range.low, range.high));
  });
}

template <class T>
void run_quantized_product(EvalIo& io, Activation activation, Rounding rounding) {
  const auto& a_quant = *io.type(0).quant;
  const auto& b_quant = *io.type(1).quant;
  const auto& y_quant = *io.output_type(0).quant;
  const auto multiplier =
      fixed::quantize(static_cast<double>(a_quant.scale[0] * b_quant.scale[0] / y_quant.scale[0]));
  const auto range = clamp_range(activation, io.output_type(0));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const std::int32_t product = (a - a_quant.zero_point[0]) * (b - b_quant.zero_point[0]);
    const std::int32_t scaled = fixed::scale(product, multiplier, rounding) + y_quant.zero_point[0];
    y[at] = static_cast<T>(std::clamp(scaled, range.low, range.high));
  });
}

template <class T, class Kind>
void run_quantized(EvalIo& io, Activation activation, Rounding rounding) {
  if constexpr (std::is_same_v<Kind, MulKind>) {
    run_quantized_product<T>(io, activation, rounding);
  } else {
    run_quantized_sum<T>(io, activation, rounding, std::is_same_v<Kind, SubKind>);
  }
}

}  // namespace

template <class Kind>
Result<Types> Binary<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  if (a.dtype != b.dtype) {
    return fail(Code::unsupported, "the inputs must have one type, not {} and {}", name_of(a.dtype),
                name_of(b.dtype));
  }
  SLIPWAY_TRY(check_dtype("the inputs", a,
                          {DType::f32, DType::i32, DType::i64, DType::i8, DType::u8, DType::i16}));
  if (size_of(a.dtype) < 4) {
    SLIPWAY_TRY(check_activation("the first input", a));
    SLIPWAY_TRY(check_activation("the second input", b));
  }
  return Types{TensorType{a.dtype, SLIPWAY_TRY(broadcast(a.shape, b.shape)), {}}};
}

template <class Kind>
Cost Binary<Kind>::cost(std::span<const TensorType> inputs) const {
  const auto shape = broadcast(inputs[0].shape, inputs[1].shape);
  return {.ops = shape ? shape->elements() : 0};
}

template <class Kind>
Result<void> Binary<Kind>::eval(EvalIo& io) const {
  switch (io.type(0).dtype) {
    case DType::f32:
      run_plain<float, Kind>(io, activation);
      return {};
    case DType::i32:
      run_plain<std::int32_t, Kind>(io, activation);
      return {};
    case DType::i64:
      run_plain<std::int64_t, Kind>(io, activation);
      return {};
    default:
      break;
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  switch (io.type(0).dtype) {
    case DType::i8:
      run_quantized<std::int8_t, Kind>(io, activation, rounding);
      break;
    case DType::u8:
      run_quantized<std::uint8_t, Kind>(io, activation, rounding);
      break;
    default:
      run_quantized<std::int16_t, Kind>(io, activation, rounding);
      break;
  }
  return {};
}

template struct Binary<AddKind>;
template struct Binary<SubKind>;
template struct Binary<MulKind>;

}  // namespace slipway::ops
