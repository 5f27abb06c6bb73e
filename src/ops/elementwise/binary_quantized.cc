#include "ops/elementwise/binary_quantized.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "ops/elementwise/broadcast.h"
#include "ops/quant/fixed_math.h"

namespace slipway::ops {
namespace {

/// The quantizations of both inputs and the output, and where the output is clamped.
struct Scales {
  Scales(const EvalIo& io, const QuantizedBinary& op)
      : a(io.type(0).quant->scale[0]),
        b(io.type(1).quant->scale[0]),
        y(io.output_type(0).quant->scale[0]),
        a_zero(io.type(0).quant->zero_point[0]),
        b_zero(io.type(1).quant->zero_point[0]),
        y_zero(io.output_type(0).quant->zero_point[0]),
        range(clamp_range(op.activation, io.output_type(0))) {}

  template <class T>
  [[nodiscard]] T finish(std::int64_t scaled) const {
    return static_cast<T>(std::clamp<std::int64_t>(scaled + y_zero, range.low, range.high));
  }

  float a, b, y;
  std::int32_t a_zero, b_zero, y_zero;
  fixed::Range range;
};

/// Both inputs on a common scale: twice the larger one, with `headroom` bits below the point.
class Common {
 public:
  Common(const Scales& scales, int headroom, Rounding rounding)
      : scales_(scales), rounding_(rounding), headroom_(1 << static_cast<unsigned>(headroom)) {
    twice_max_ = 2 * static_cast<double>(std::max(scales.a, scales.b));
    a_ = fixed::quantize(static_cast<double>(scales.a) / twice_max_);
    b_ = fixed::quantize(static_cast<double>(scales.b) / twice_max_);
  }

  [[nodiscard]] double scale() const { return twice_max_; }

  [[nodiscard]] std::int32_t a(std::int32_t x) const {
    return fixed::scale((x - scales_.a_zero) * headroom_, a_, rounding_);
  }

  [[nodiscard]] std::int32_t b(std::int32_t x) const {
    return fixed::scale((x - scales_.b_zero) * headroom_, b_, rounding_);
  }

 private:
  const Scales& scales_;
  Rounding rounding_;
  std::int32_t headroom_;
  double twice_max_;
  fixed::Multiplier a_;
  fixed::Multiplier b_;
};

template <class T>
void run_sum(EvalIo& io, const QuantizedBinary& op) {
  const Scales scales(io, op);
  const int headroom = sizeof(T) == 1 ? 20 : 15;
  const Common common(scales, headroom, op.rounding);
  const auto multiplier = fixed::quantize(
      common.scale() / (static_cast<double>(1 << headroom) * static_cast<double>(scales.y)));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const std::int32_t sum = op.subtract ? common.a(a) - common.b(b) : common.a(a) + common.b(b);
    y[at] = scales.finish<T>(fixed::scale(sum, multiplier, op.rounding));
  });
}

/// Sums in float with both scales over that of y, the zero points taken together.
template <class T>
void run_real_sum(EvalIo& io, const QuantizedBinary& op) {
  const Scales scales(io, op);
  const float a_ratio = scales.a / scales.y;
  const float b_ratio = (op.subtract ? -scales.b : scales.b) / scales.y;
  const float fixed =
      static_cast<float>(scales.y_zero) -
      (a_ratio * static_cast<float>(scales.a_zero) + b_ratio * static_cast<float>(scales.b_zero));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const float with_b = std::fma(static_cast<float>(b), b_ratio, fixed);
    const float sum = std::fma(static_cast<float>(a), a_ratio, with_b);
    y[at] = scales.finish<T>(fixed::real_even(sum) - scales.y_zero);
  });
}

template <class T>
void run_real_product(EvalIo& io, const QuantizedBinary& op) {
  const Scales scales(io, op);
  const float ratio = scales.a * scales.b / scales.y;
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const auto product = static_cast<std::int64_t>(a - scales.a_zero) * (b - scales.b_zero);
    y[at] = scales.finish<T>(fixed::real_even(static_cast<float>(product) * ratio));
  });
}

/// i16 with scales that are powers of two: one input is shifted to the scale of the other, which
/// is that of the output.
void run_shifted_sum(EvalIo& io, const QuantizedBinary& op, int a_shift, int b_shift) {
  const Scales scales(io, op);
  const auto y = io.out<std::int16_t>(0);
  each_pair<std::int16_t>(
      io, io.output_type(0).shape, [&](std::size_t at, std::int16_t a, std::int16_t b) {
        const std::int32_t left = fixed::rounding_shift(a, a_shift);
        const std::int32_t right = fixed::rounding_shift(b, b_shift);
        y[at] = scales.finish<std::int16_t>(op.subtract ? left - right : left + right);
      });
}

/// How far both inputs are shifted right where the shifting form applies.
std::optional<std::pair<int, int>> shifts(const EvalIo& io, const QuantizedBinary& op) {
  if (!op.powers_of_two || io.type(0).dtype != DType::i16) return std::nullopt;
  const auto a = fixed::log2_of_power(io.type(0).quant->scale[0]);
  const auto b = fixed::log2_of_power(io.type(1).quant->scale[0]);
  const auto y = fixed::log2_of_power(io.output_type(0).quant->scale[0]);
  if (!a || !b || !y) return std::nullopt;
  if (*a > *y || *b > *y || *y - *a > 31 || *y - *b > 31) return std::nullopt;
  return std::pair(*y - *a, *y - *b);
}

template <class T>
void run_product(EvalIo& io, const QuantizedBinary& op) {
  const Scales scales(io, op);
  const auto multiplier = fixed::quantize(static_cast<double>(scales.a * scales.b / scales.y));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const auto product = static_cast<std::int32_t>(static_cast<std::int64_t>(a - scales.a_zero) *
                                                   (b - scales.b_zero));
    y[at] = scales.finish<T>(fixed::scale(product, multiplier, op.rounding));
  });
}

/// a / b = a * (1/b), with a shifted as far left as it goes and 1/b found by Newton's iteration.
template <class T>
Result<void> run_quotient(EvalIo& io, const QuantizedBinary& op) {
  const Scales scales(io, op);
  const auto divisors = io.in<T>(1);
  if (io.output_type(0).shape.elements() > 0 &&
      std::find(divisors.begin(), divisors.end(), scales.b_zero) != divisors.end()) {
    return fail(Code::invalid_input, "an element is divided by zero");
  }
  const auto multiplier = fixed::quantize(static_cast<double>(scales.a / (scales.b * scales.y)));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    std::int32_t above = a - scales.a_zero;
    std::int32_t below = b - scales.b_zero;
    if (below < 0) {
      above = -above;
      below = -below;
    }
    const auto inverse = fixed::reciprocal(below, 31);
    const auto sign_bits = above < 0 ? ~above : above;
    const int headroom = std::countl_zero(static_cast<std::uint32_t>(sign_bits)) - 1;
    const std::int32_t quotient =
        fixed::doubling_high(fixed::wrapping_shift(above, headroom), inverse.value);
    const int shift = multiplier.shift - inverse.bits - headroom;
    y[at] = scales.finish<T>(fixed::scale(quotient, {multiplier.value, shift}, op.rounding));
  });
  return {};
}

template <class T>
void run_squared_difference(EvalIo& io, const QuantizedBinary& op) {
  const Scales scales(io, op);
  const int headroom = 7;
  const Common common(scales, headroom, op.rounding);
  const auto multiplier =
      fixed::quantize(common.scale() * common.scale() /
                      static_cast<double>(static_cast<float>(1 << (2 * headroom)) * scales.y));
  const auto y = io.out<T>(0);
  each_pair<T>(io, io.output_type(0).shape, [&](std::size_t at, T a, T b) {
    const std::int32_t difference = common.a(a) - common.b(b);
    y[at] = scales.finish<T>(fixed::scale(difference * difference, multiplier, op.rounding));
  });
}

template <class T>
Result<void> run(EvalIo& io, const QuantizedBinary& op) {
  switch (op.scaling) {
    case Scaling::sum:
      if (op.rounding == Rounding::real_even) {
        run_real_sum<T>(io, op);
      } else if (const auto by = shifts(io, op)) {
        run_shifted_sum(io, op, by->first, by->second);
      } else {
        run_sum<T>(io, op);
      }
      return {};
    case Scaling::product:
      if (op.rounding == Rounding::real_even) {
        run_real_product<T>(io, op);
      } else {
        run_product<T>(io, op);
      }
      return {};
    case Scaling::quotient:
      return run_quotient<T>(io, op);
    case Scaling::squared_difference:
      if constexpr (sizeof(T) == 1) run_squared_difference<T>(io, op);
      return {};
    case Scaling::none:
      break;
  }
  return {};
}

}  // namespace

Result<void> run_quantized_binary(EvalIo& io, const QuantizedBinary& op) {
  switch (io.type(0).dtype) {
    case DType::i8:
      return run<std::int8_t>(io, op);
    case DType::u8:
      return run<std::uint8_t>(io, op);
    default:
      return run<std::int16_t>(io, op);
  }
}

}  // namespace slipway::ops
