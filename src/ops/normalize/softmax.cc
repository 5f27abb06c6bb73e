#include "ops/normalize/softmax.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/lines.h"
#include "ops/quant/fixed_math.h"
#include "ops/quant/table.h"

namespace slipway::ops {
namespace {

constexpr int kDifferenceBits = 5;  // integer bits of scaled differences to the largest element
constexpr int kSumBits = 12;        // and of the sum of exponentials

/// Calls row(x, y) with each row of the last dimension.
template <class X, class Y, class Row>
void each_row(EvalIo& io, Row row) {
  const auto x = io.in<X>(0);
  const auto y = io.out<Y>(0);
  const auto length = static_cast<std::size_t>(io.input(0).shape().back(0));
  for (std::size_t at = 0; at < x.size(); at += length)
    row(x.subspan(at, length), y.subspan(at, length));
}

/// Differences to the largest element, scaled to kDifferenceBits integer bits.
class Differences {
 public:
  explicit Differences(double scale) {
    const double real = std::min(scale * std::exp2(31 - kDifferenceBits), 2147483647.0);
    multiplier_ = fixed::quantize(real);
    least_ = -fixed::input_radius(kDifferenceBits, std::max(multiplier_.shift, 0));
  }

  /// Below this the exponential is 0.
  [[nodiscard]] std::int32_t least() const { return least_; }

  [[nodiscard]] fixed::Multiplier multiplier() const { return multiplier_; }

  [[nodiscard]] std::int32_t scaled(std::int32_t difference) const {
    return fixed::scale(difference, multiplier_);
  }

  [[nodiscard]] std::int32_t exp(std::int32_t difference) const {
    return fixed::exp_of_negative(std::min(scaled(difference), 0), kDifferenceBits);
  }

  /// The sum of the exponentials of a row, with kSumBits integer bits, saturated.
  template <class X>
  [[nodiscard]] std::int32_t sum(std::span<const X> x, std::int32_t largest) const {
    std::int64_t sum = 0;
    for (const X value : x) {
      if (value - largest >= least_) sum += fixed::rounding_shift(exp(value - largest), kSumBits);
    }
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(sum, std::numeric_limits<std::int32_t>::max()));
  }

 private:
  fixed::Multiplier multiplier_;
  std::int32_t least_ = 0;
};

template <class X, class Y>
void softmax_bytes(EvalIo& io, float beta) {
  constexpr std::int32_t kLow = std::numeric_limits<Y>::min();
  constexpr std::int32_t kHigh = std::numeric_limits<Y>::max();
  const Differences differences(static_cast<double>(beta) *
                                static_cast<double>(io.type(0).quant->scale[0]));
  each_row<X, Y>(io, [&](std::span<const X> x, std::span<Y> y) {
    const std::int32_t largest = *std::max_element(x.begin(), x.end());
    const auto inverse = fixed::reciprocal(differences.sum(x, largest), kSumBits);
    const int exponent = inverse.bits + 31 - static_cast<int>(sizeof(Y)) * 8;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int32_t difference = x[i] - largest;
      std::int32_t value = kLow;
      if (difference >= differences.least()) {
        const auto product = fixed::doubling_high(inverse.value, differences.exp(difference));
        value += fixed::rounding_shift(product, std::clamp(exponent, 0, 31));
      }
      y[i] = static_cast<Y>(std::clamp(value, kLow, kHigh));
    }
  });
}

void softmax_i16(EvalIo& io, float beta) {
  // Both tables have 15 fractional bits: exp over [-10, 0] and 1 / (1 + x) over [0, 1].
  static const auto kExp = WideTable::make<double>(10.0 / 65535, 32767, 2.0 / 65535, 0,
                                                   [](double x) { return std::exp(x); });
  static const auto kOneOver = WideTable::make<double>(1.0 / 65535, -32768, 2.0 / 65535, 0,
                                                       [](double x) { return 1.0 / (1.0 + x); });
  const auto saturated = [](std::int64_t x) {
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(x, -32768, 32767));
  };
  const auto multiplier =
      fixed::quantize(static_cast<double>(io.type(0).quant->scale[0] * beta) / (10.0 / 65535.0));
  each_row<std::int16_t, std::int16_t>(
      io, [&](std::span<const std::int16_t> x, std::span<std::int16_t> y) {
        const std::int32_t largest = *std::max_element(x.begin(), x.end());
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
          const std::int64_t scaled = fixed::scale(x[i] - largest, multiplier);
          y[i] = kExp(saturated(scaled + 32767));
          sum += y[i];
        }
        sum = std::clamp<std::int64_t>(sum, 1, std::numeric_limits<std::int32_t>::max());
        const int headroom = std::countl_zero(static_cast<std::uint32_t>(sum));
        const std::int64_t shifted = ((sum << (headroom - 1)) + (1 << 13)) >> 14;
        const std::int64_t inverse = kOneOver(saturated(shifted - (1 << 15) - (1 << 16)));
        const int right = 31 - headroom;
        const std::int64_t round = right > 0 ? std::int64_t{1} << (right - 1) : 0;
        for (auto& value : y) {
          const std::int64_t result = (value * inverse + round) >> right;
          value = static_cast<std::int16_t>(std::clamp<std::int64_t>(result, 0, 32767));
        }
      });
}

/// Calls row(x, y) with each line along an axis, as floats or doubles.
template <class T, class Row>
void each_line(EvalIo& io, std::size_t axis, Row row) {
  using C = Compute<T>;
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const Lines lines(io.input(0).shape(), axis);
  const auto step = static_cast<std::size_t>(lines.inner);
  std::vector<C> from(static_cast<std::size_t>(lines.length));
  std::vector<C> to(from.size());
  lines.each([&](std::size_t first, std::size_t) {
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<C>(x[first + i * step]);
    row(std::span<const C>(from), std::span<C>(to));
    for (std::size_t i = 0; i < to.size(); ++i) y[first + i * step] = static_cast<T>(to[i]);
  });
}

template <class C>
void softmax_row(std::span<const C> x, std::span<C> y, float beta) {
  const C largest = *std::max_element(x.begin(), x.end());
  C sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = std::exp((x[i] - largest) * beta);
    sum += y[i];
  }
  for (C& value : y) value /= sum;
}

template <class T>
void log_softmax_bytes(EvalIo& io) {
  constexpr int kOutputBits = 4;
  constexpr std::int32_t kLow = std::numeric_limits<T>::min();
  constexpr std::int32_t kHigh = std::numeric_limits<T>::max();
  const Differences differences(static_cast<double>(io.type(0).quant->scale[0]));
  const auto m = differences.multiplier();
  auto inverse = fixed::quantize(std::exp2(31 - m.shift) / static_cast<double>(m.value));
  inverse.shift = std::min(inverse.shift, 0);
  each_row<T, T>(io, [&](std::span<const T> x, std::span<T> y) {
    const std::int32_t largest = *std::max_element(x.begin(), x.end());
    const std::int32_t sum = std::max(differences.sum(x, largest), 1 << (31 - kSumBits));
    const std::int32_t log_sum = fixed::log_of_at_least_one(sum, kSumBits, kDifferenceBits);
    const std::int32_t lowest = log_sum + std::numeric_limits<std::int32_t>::min();
    const std::int32_t least = std::max(differences.least() - 1, fixed::scale(lowest, inverse));
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::int64_t value = kLow;
      if (x[i] - largest > least) {
        const std::int64_t exact =
            static_cast<std::int64_t>(differences.scaled(x[i] - largest)) - log_sum;
        const auto log = static_cast<std::int32_t>(
            std::max<std::int64_t>(exact, std::numeric_limits<std::int32_t>::min()));
        value =
            std::int64_t{kHigh} + fixed::rounding_shift(log, 31 - kDifferenceBits - kOutputBits);
      }
      y[i] = static_cast<T>(std::clamp<std::int64_t>(value, kLow, kHigh));
    }
  });
}

template <class C>
void log_softmax_row(std::span<const C> x, std::span<C> y) {
  const C largest = *std::max_element(x.begin(), x.end());
  C sum = 0;
  for (const C value : x) sum += std::exp(value - largest);
  const C log_sum = std::log(sum);
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] - largest - log_sum;
}

/// The rows of floats. `row` is softmax_row or its kin.
template <class Row>
Result<void> run_floats(EvalIo& io, std::int64_t axis, Row row) {
  const std::size_t along = SLIPWAY_TRY(checked_axis(axis, io.input(0).shape().rank()));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kFloats.has(kDTypeOf<T>)) each_line<T>(io, along, row);
  });
  return {};
}

/// The scale that a quantized output must have, within a thousandth, and its zero point.
Result<void> check_output(const TensorType& y, float scale, std::int32_t zero) {
  SLIPWAY_TRY(check_activation("the output", y));
  const bool fits = std::abs(y.quant->scale[0] / scale - 1) <= 1e-3F;
  if (fits && y.quant->zero_point[0] == zero) return {};
  return fail(Code::unsupported, "an output of {} instead of {}", y.quant->text(),
              per_tensor(scale, zero).text());
}

Result<Types> infer_rows(const KnownInputs& inputs, std::int64_t axis) {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  if (x.shape.rank() == 0) return fail(Code::invalid_input, "a scalar has no last dimension");
  const std::size_t along = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  if (!is_float(x.dtype)) {
    SLIPWAY_TRY(check_activation("the input", x));
    if (along + 1 != x.shape.rank())
      return fail(Code::unsupported, "quantized integers along axis {}, not the last", axis);
  }
  return Types{TensorType{x.dtype, x.shape, {}}};
}

}  // namespace

Result<Types> Softmax::infer(const KnownInputs& inputs) const {
  if (!(beta > 0) || !std::isfinite(beta)) return fail(Code::invalid_input, "a beta of {}", beta);
  auto types = SLIPWAY_TRY(infer_rows(inputs, axis));
  if (wide) {
    SLIPWAY_TRY(check_dtype("the input", inputs.type(0), {DType::i8, DType::u8}));
    types[0].type.dtype = DType::i16;
  }
  return types;
}

Cost Softmax::cost(std::span<const TensorType> inputs) const {
  return {.ops = 3 * inputs[0].shape.elements()};
}

Result<void> Softmax::eval(EvalIo& io) const {
  if (io.input(0).elements() == 0) return {};
  const DType from = io.type(0).dtype;
  if (is_float(from))
    return run_floats(io, axis, [&](auto x, auto row) { softmax_row(x, row, beta); });
  const auto& y = io.output_type(0);
  if (y.dtype == DType::i16) SLIPWAY_TRY(check_output(y, 0x1p-15F, 0));
  if (y.dtype == DType::i8) SLIPWAY_TRY(check_output(y, 0x1p-8F, -128));
  if (y.dtype == DType::u8) SLIPWAY_TRY(check_output(y, 0x1p-8F, 0));
  if (from == DType::i16) {
    softmax_i16(io, beta);
  } else if (from == DType::i8) {
    wide ? softmax_bytes<std::int8_t, std::int16_t>(io, beta)
         : softmax_bytes<std::int8_t, std::int8_t>(io, beta);
  } else {
    wide ? softmax_bytes<std::uint8_t, std::int16_t>(io, beta)
         : softmax_bytes<std::uint8_t, std::uint8_t>(io, beta);
  }
  return {};
}

Result<Types> LogSoftmax::infer(const KnownInputs& inputs) const {
  auto types = SLIPWAY_TRY(infer_rows(inputs, axis));
  if (inputs.type(0).dtype == DType::i16) return fail(Code::unsupported, "the input is i16");
  return types;
}

Cost LogSoftmax::cost(std::span<const TensorType> inputs) const {
  return {.ops = 3 * inputs[0].shape.elements()};
}

Result<void> LogSoftmax::eval(EvalIo& io) const {
  if (io.input(0).elements() == 0) return {};
  if (is_float(io.type(0).dtype))
    return run_floats(io, axis, [](auto x, auto row) { log_softmax_row(x, row); });
  if (io.type(0).dtype == DType::i8) {
    SLIPWAY_TRY(check_output(io.output_type(0), 0x1p-4F, 127));
    log_softmax_bytes<std::int8_t>(io);
  } else {
    SLIPWAY_TRY(check_output(io.output_type(0), 0x1p-4F, 255));
    log_softmax_bytes<std::uint8_t>(io);
  }
  return {};
}

}  // namespace slipway::ops
