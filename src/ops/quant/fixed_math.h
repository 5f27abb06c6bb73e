#pragma once
// Functions of fixed-point numbers, to the last bit as gemmlowp computes them.
//
// A raw 32-bit integer x with k integer bits stands for x / 2^(31-k). Products are doubling_high();
// sums are those of the raw integers.

#include <cstdint>
#include <optional>

#include "ops/quant/fixed_point.h"

namespace slipway::fixed {

/// x * 2^exponent; saturated where exponent > 0, rounded half away from zero where it is < 0.
[[nodiscard]] std::int32_t shift_saturated(std::int32_t x, int exponent);

/// exp(x) for x <= 0 with `integer_bits` (at least 2, at most 5) integer bits; the result has none.
[[nodiscard]] std::int32_t exp_of_negative(std::int32_t x, int integer_bits);

/// 1 / (1 + x) for x in [0, 1], both without integer bits.
[[nodiscard]] std::int32_t one_over_one_plus(std::int32_t x);

/// 1 / x ~ value * 2^-31 * 2^-bits.
struct Reciprocal {
  std::int32_t value;
  int bits;
};

/// The reciprocal of x > 0, which has `integer_bits` integer bits.
[[nodiscard]] Reciprocal reciprocal(std::int32_t x, int integer_bits);

/// 1 / sqrt(x) ~ value * 2^(shift - 31), for x >= 0; that of 0 is that of 1.
[[nodiscard]] Multiplier inverse_root(std::int32_t x);

/// log(x) for x >= 1 with `integer_bits` integer bits; the result has `result_bits`.
[[nodiscard]] std::int32_t log_of_at_least_one(std::int32_t x, int integer_bits, int result_bits);

/// The largest difference that still fits `integer_bits` after a shift by `left_shift`.
[[nodiscard]] std::int32_t input_radius(int integer_bits, int left_shift);

/// k where x is 2^k within a thousandth of an octave.
[[nodiscard]] std::optional<int> log2_of_power(float x);

}  // namespace slipway::fixed
