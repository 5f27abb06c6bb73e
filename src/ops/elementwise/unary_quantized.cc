#include "ops/elementwise/unary_quantized.h"

#include <algorithm>
#include <cmath>

#include "ops/activation.h"
#include "ops/quant/fixed_math.h"

namespace slipway::ops {
namespace {

struct Scales {
  explicit Scales(const EvalIo& io)
      : x(io.type(0).quant->scale[0]),
        y(io.output_type(0).quant->scale[0]),
        x_zero(io.type(0).quant->zero_point[0]),
        y_zero(io.output_type(0).quant->zero_point[0]),
        range(fixed::range_of(io.output_type(0).dtype)) {}

  /// A count of output steps from zero as an output element.
  [[nodiscard]] std::int32_t finish(std::int64_t steps) const {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(steps + y_zero, range.low, range.high));
  }

  float x, y;
  std::int32_t x_zero, y_zero;
  fixed::Range range;
};

/// y = f(x), with x and y as 32-bit integers.
template <class Function>
void each(EvalIo& io, Function f) {
  const auto run = [&]<class T>(T) {
    const auto x = io.in<T>(0);
    const auto y = io.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i)
      y[i] = static_cast<T>(f(static_cast<std::int32_t>(x[i])));
  };
  if (io.type(0).dtype == DType::i8) return run(std::int8_t{});
  if (io.type(0).dtype == DType::u8) return run(std::uint8_t{});
  return run(std::int16_t{});
}

/// Whether an element stands for a number below zero.
bool has_negative(const EvalIo& io) {
  const std::int32_t zero = io.type(0).quant->zero_point[0];
  const auto below = [&](auto x) { return x < zero; };
  if (io.type(0).dtype == DType::i8) {
    const auto x = io.in<std::int8_t>(0);
    return std::any_of(x.begin(), x.end(), below);
  }
  const auto x = io.in<std::int16_t>(0);
  return std::any_of(x.begin(), x.end(), below);
}

/// sigmoid(i / 24) in 16 fractional bits. The table that everybody uses is one above the nearest
/// number at some places.
const std::array<std::uint16_t, 256>& sigmoid_table() {
  static const auto kTable = [] {
    static constexpr std::uint8_t kOneAbove[] = {4,  8,  12, 14, 15, 16,  17,  19,  20,  21,  22,
                                                 25, 27, 28, 29, 30, 31,  33,  34,  35,  37,  39,
                                                 40, 41, 43, 44, 45, 46,  49,  50,  54,  62,  63,
                                                 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255};
    std::array<std::uint16_t, 256> table = {};
    for (std::size_t i = 0; i < table.size(); ++i) {
      const double real = 65536.0 / (1 + std::exp(static_cast<double>(i) / -24));
      table[i] = static_cast<std::uint16_t>(std::floor(real + 0.5));
    }
    for (const auto i : kOneAbove) ++table[i];
    return table;
  }();
  return kTable;
}

/// How 16-bit inputs are brought to the table's steps of 1 / (3 * 4096).
struct TableInput {
  std::int64_t multiplier = 0;
  int shift = 0;

  /// `most_left`: how many bits a scale that is a power of two may be above 2^-12.
  TableInput(float scale, int most_left) {
    const auto exponent = fixed::log2_of_power(scale);
    if (exponent && *exponent + 12 >= 0 && *exponent + 12 <= most_left) {
      multiplier = std::int64_t{3} << static_cast<unsigned>(*exponent + 12);
      return;
    }
    double real = static_cast<double>(scale) * 4096.0 * 3.0;
    for (; real <= 32767.0 / 2.0 && shift <= 30; ++shift) real *= 2.0;
    multiplier = static_cast<std::int64_t>(std::min(real, 2147483647.0));
  }

  [[nodiscard]] std::int64_t operator()(std::int32_t x) const {
    const std::int64_t round = shift > 0 ? std::int64_t{1} << static_cast<unsigned>(shift - 1) : 0;
    return (x * multiplier + round) >> shift;
  }
};

}  // namespace

void run_quantized_clamp(EvalIo& io, float low, float high) {
  const Scales s(io);
  const auto multiplier = fixed::quantize(static_cast<double>(s.x / s.y));
  fixed::Range range = s.range;
  if (std::isfinite(low)) range.low = std::max(range.low, quantize(low, s.y, s.y_zero));
  if (std::isfinite(high)) range.high = std::min(range.high, quantize(high, s.y, s.y_zero));
  each(io, [&](std::int32_t x) {
    const std::int64_t scaled =
        static_cast<std::int64_t>(fixed::scale(x - s.x_zero, multiplier)) + s.y_zero;
    const auto raised = std::max<std::int64_t>(range.low, scaled);
    return std::clamp<std::int64_t>(std::min<std::int64_t>(range.high, raised), s.range.low,
                                    s.range.high);
  });
}

Result<void> run_quantized_abs(EvalIo& io) {
  const Scales s(io);
  const auto multiplier = fixed::quantize(static_cast<double>(s.x / s.y));
  each(io, [&](std::int32_t x) {
    const std::int32_t size = std::abs(x - s.x_zero);
    return s.finish(s.x == s.y ? size : fixed::scale(size, multiplier));
  });
  return {};
}

Result<void> run_quantized_log(EvalIo& io) {
  const Scales s(io);
  const float least = static_cast<float>(s.range.low - s.y_zero) * s.y;
  run_table(io, [&](float x) { return x <= 0 ? least : std::log(x); });
  return {};
}

Result<void> run_quantized_sqrt(EvalIo& io) {
  if (has_negative(io)) return fail(Code::invalid_input, "the root of a negative number");
  const Scales s(io);
  each(io, [&](std::int32_t x) {
    return s.finish(to_i32(std::sqrt(s.x * static_cast<float>(x - s.x_zero)) / s.y));
  });
  return {};
}

Result<void> run_quantized_rsqrt(EvalIo& io) {
  if (has_negative(io)) return fail(Code::invalid_input, "the root of a negative number");
  const Scales s(io);
  if (io.type(0).dtype == DType::i16) {
    run_table(io, [&](float x) { return x <= 0 ? 32767 * s.y : 1.0F / std::sqrt(x); });
    return {};
  }
  const auto multiplier = fixed::quantize(1.0 / static_cast<double>(std::sqrt(s.x) * s.y));
  each(io, [&](std::int32_t x) {
    constexpr int kKeep = 20;  // fractional bits between the two products
    if (x == s.x_zero) return s.range.high;
    auto root = fixed::inverse_root(x - s.x_zero);
    root.shift += kKeep;
    const std::int32_t kept = fixed::scale(1, root);
    return s.finish(fixed::scale(kept, {multiplier.value, multiplier.shift - kKeep}));
  });
  return {};
}

Result<void> run_quantized_hard_swish(EvalIo& io) {
  const Scales s(io);
  // 16-bit fixed point: the input in steps of 1/128 of its own, a gate where 3 is 32768.
  const float fine = 1.0F / 128.0F * s.x;
  const auto narrow = [](fixed::Multiplier m) {
    constexpr std::int32_t kHalf = 1 << 15;
    if (m.value >= std::numeric_limits<std::int32_t>::max() - kHalf) return 32767;
    return (m.value + kHalf) >> 16;
  };
  const auto high = [](std::int32_t a, std::int32_t b) {  // rounded, saturated
    if (a == -32768 && b == -32768) return 32767;
    const std::int32_t product = a * b;
    return (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
  };
  const auto left = [](std::int32_t x, int by) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(
        x * (std::int64_t{1} << static_cast<unsigned>(by)), -32768, 32767));
  };
  const auto out = fixed::quantize(static_cast<double>(fine / s.y));
  const auto gate = fixed::quantize(static_cast<double>(fine / (3.0F / 32768.0F)));
  if (out.shift > 0) {
    return fail(Code::unsupported, "an output scale of {} for an input scale of {}", s.y, s.x);
  }
  each(io, [&](std::int32_t x) {
    const std::int32_t value = (x - s.x_zero) * 128;
    std::int32_t open = gate.shift > 0 ? left(value, gate.shift - 1) : value;
    open = high(open, narrow(gate));
    if (gate.shift > 0) open = left(open, 1);
    if (gate.shift < 0) open = fixed::rounding_shift(open, std::min(-gate.shift, 31));
    open = (open + (1 << 15)) >> 1;
    const std::int32_t product = open * high(value, narrow(out)) / (1 << 15);
    return s.finish(fixed::rounding_shift(product, std::min(-out.shift, 31)));
  });
  return {};
}

Result<void> run_sigmoid_i16(EvalIo& io) {
  const TableInput input(io.type(0).quant->scale[0], 0);
  const auto& table = sigmoid_table();
  each(io, [&](std::int32_t x) {
    const std::int64_t at = input(x);
    const auto size = static_cast<std::uint64_t>(std::abs(at));
    std::int64_t result = 0x7FFF << 10;
    if (size >> 9U < 255) {
      const std::int64_t here = table[size >> 9U];
      const std::int64_t next = table[(size >> 9U) + 1];
      result = (here << 9) + static_cast<std::int64_t>(size & 0x1FFU) * (next - here);
    }
    result = at >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1;
    return result >> 10;
  });
  return {};
}

Result<void> run_tanh_i16(EvalIo& io) {
  const TableInput input(io.type(0).quant->scale[0], 1);
  const auto& table = sigmoid_table();
  each(io, [&](std::int32_t x) {
    const std::int64_t at = input(x);
    const auto size = static_cast<std::uint64_t>(std::abs(at));
    std::int64_t result = 0xFFFF << 8;
    if (size >> 8U < 255) {
      const std::int64_t here = table[size >> 8U];
      const std::int64_t next = table[(size >> 8U) + 1];
      result = (here << 8) + static_cast<std::int64_t>(size & 0xFFU) * (next - here);
    }
    result = at >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1;
    return result >> 8;
  });
  return {};
}

}  // namespace slipway::ops
