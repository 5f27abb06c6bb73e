#include "ops/quant/fixed_math.h"

#include <array>
#include <bit>
#include <cmath>

namespace slipway::fixed {
namespace {

constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();

/// Sums of raw integers wrap; with arguments inside their ranges none does.
std::int32_t add(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

std::int32_t subtract(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}

/// exp(x) for x in [-1/4, 0): Taylor's series about -1/8.
std::int32_t exp_near_zero(std::int32_t x) {
  constexpr std::int32_t kExpOfMinusEighth = 1895147668;
  constexpr std::int32_t kThird = 715827883;
  const std::int32_t a = x + (1 << 28);
  const std::int32_t a2 = doubling_high(a, a);
  const std::int32_t a3 = doubling_high(a2, a);
  const std::int32_t a4 = doubling_high(a2, a2);
  const std::int32_t tail =
      rounding_shift(doubling_high(rounding_shift(a4, 2) + a3, kThird) + a2, 1);
  return kExpOfMinusEighth + doubling_high(kExpOfMinusEighth, a + tail);
}

/// (a + b) / 2, rounded half away from zero.
std::int32_t half_sum(std::int32_t a, std::int32_t b) {
  const std::int64_t sum = static_cast<std::int64_t>(a) + b;
  return static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

}  // namespace

std::int32_t shift_saturated(std::int32_t x, int exponent) {
  if (exponent <= 0) return rounding_shift(x, -exponent);
  const std::int32_t limit = kMax >> exponent;
  if (x > limit) return kMax;
  if (x < -limit - 1) return kMin;
  return wrapping_shift(x, exponent);
}

std::int32_t exp_of_negative(std::int32_t x, int integer_bits) {
  // exp(-2^(i-2)), i = 0, 1, ..., without integer bits.
  static constexpr std::int32_t kPowers[] = {1672461947, 1302514674, 790015084, 290630308,
                                             39332535,   720401,     242};
  if (x == 0) return kMax;
  const int fraction_bits = 31 - integer_bits;
  const std::int32_t quarter = 1 << (fraction_bits - 2);
  const std::int32_t rest = (x & (quarter - 1)) - quarter;
  std::int32_t y = exp_near_zero(shift_saturated(rest, integer_bits));
  const std::int32_t whole = subtract(rest, x);
  for (int exponent = -2; exponent < integer_bits; ++exponent) {
    if ((whole & (1 << (fraction_bits + exponent))) != 0) {
      y = doubling_high(y, kPowers[static_cast<std::size_t>(exponent + 2)]);
    }
  }
  return y;
}

std::int32_t one_over_one_plus(std::int32_t x) {
  // Newton's iteration for 1 / d with d = (1 + x) / 2, two integer bits.
  constexpr std::int32_t k48Over17 = 1515870810;
  constexpr std::int32_t kMinus32Over17 = -1010580540;
  const std::int32_t half_denominator = half_sum(x, kMax);
  std::int32_t y = add(k48Over17, doubling_high(half_denominator, kMinus32Over17));
  for (int i = 0; i < 3; ++i) {
    const std::int32_t miss = subtract(1 << 29, doubling_high(half_denominator, y));
    y = add(y, shift_saturated(doubling_high(y, miss), 2));
  }
  return shift_saturated(y, 1);
}

Reciprocal reciprocal(std::int32_t x, int integer_bits) {
  const int headroom = std::countl_zero(static_cast<std::uint32_t>(x));
  const std::uint32_t shifted = static_cast<std::uint32_t>(x) << static_cast<unsigned>(headroom);
  return {one_over_one_plus(static_cast<std::int32_t>(shifted - (1U << 31U))),
          integer_bits - headroom};
}

Multiplier inverse_root(std::int32_t x) {
  if (x <= 1) return {kMax, 0};
  int right = 11;
  while (x >= (1 << 29)) {
    x /= 4;
    ++right;
  }
  const int pairs = (std::countl_zero(static_cast<std::uint32_t>(x)) - 1) / 2 - 1;
  right -= pairs;
  x = wrapping_shift(x, 2 * pairs);
  // Newton's iteration for 1 / sqrt, three integer bits.
  const std::int32_t half = rounding_shift(x >> 1, 1);
  constexpr std::int32_t kThreeHalves = (1 << 28) + (1 << 27);
  std::int32_t y = 1 << 28;
  for (int i = 0; i < 5; ++i) {
    const std::int32_t cube = shift_saturated(doubling_high(doubling_high(y, y), y), 6);
    y = shift_saturated(subtract(doubling_high(kThreeHalves, y), doubling_high(half, cube)), 3);
  }
  constexpr std::int32_t kHalfRootOfTwo = 1518500250;
  y = doubling_high(y, kHalfRootOfTwo);
  if (right < 0) {
    y = wrapping_shift(y, -right);
    right = 0;
  }
  return {y, -right};
}

std::int32_t log_of_at_least_one(std::int32_t x, int integer_bits, int result_bits) {
  // Barnes' splitting: x = 2^k * r with r near sqrt(1/2); the better of two such is taken, and
  // log(r) is a quotient of polynomials.
  constexpr std::int32_t kLog2 = 1488522236;
  constexpr std::int32_t kFourthRootOfHalf = 1805811301;
  constexpr std::int32_t kRootOfHalf = 1518500250;
  constexpr std::int32_t kAlphaN = 117049297;
  constexpr std::int32_t kAlphaD = 127690142;
  constexpr std::int32_t kAlphaI = 1057819769;
  constexpr std::int32_t kAlphaF = 638450708;
  const int wide_bits = result_bits + 1;  // headroom for the sum below
  const std::int32_t quarter = rounding_shift(1 << 29, wide_bits);
  const int a_headroom = std::countl_zero(static_cast<std::uint32_t>(x));
  const std::int32_t a_shifted = shift_saturated(x, a_headroom - 1);
  const std::int32_t a_ratio = shift_saturated(doubling_high(a_shifted, kRootOfHalf), 1);
  const std::int32_t a_power =
      add(shift_saturated(integer_bits - a_headroom, 31 - wide_bits), quarter);
  const std::int32_t b = doubling_high(x, kRootOfHalf);
  const int b_headroom = std::countl_zero(static_cast<std::uint32_t>(b)) - 1;
  const std::int32_t b_ratio = shift_saturated(x, b_headroom);
  const std::int32_t b_power =
      subtract(shift_saturated(integer_bits - b_headroom, 31 - wide_bits), quarter);
  const std::int32_t ratio = std::min(a_ratio, b_ratio);
  const std::int32_t power = std::max(a_power, b_power);
  const std::int32_t p = half_sum(ratio, kFourthRootOfHalf);
  std::int32_t q = subtract(ratio, kFourthRootOfHalf);
  q = add(q, q);
  const std::int32_t q2 = doubling_high(q, q);
  const std::int32_t above =
      add(doubling_high(q, ratio), doubling_high(doubling_high(q, q2), kAlphaN));
  const std::int32_t below = add(doubling_high(p, add(add(kAlphaI, q), doubling_high(kAlphaD, q2))),
                                 doubling_high(kAlphaF, q));
  const std::int32_t log_ratio =
      doubling_high(rounding_shift(above, wide_bits), one_over_one_plus(below));
  return shift_saturated(add(doubling_high(power, kLog2), log_ratio), wide_bits - result_bits);
}

std::int32_t input_radius(int integer_bits, int left_shift) {
  const double largest = static_cast<double>((1 << integer_bits) - 1) *
                         std::exp2(31 - integer_bits) / std::exp2(left_shift);
  return static_cast<std::int32_t>(std::floor(std::min(largest, 2147483647.0)));
}

std::optional<int> log2_of_power(float x) {
  const float exponent = std::log(x) * (1.0F / std::log(2.0F));
  const float rounded = std::round(exponent);
  if (!(std::abs(exponent - rounded) < 1e-3F)) return std::nullopt;
  return static_cast<int>(rounded);
}

}  // namespace slipway::fixed
