#pragma once
// exp, log and their kin without branches, for loops that compilers turn into vectors. To be
// included by the files of each instruction set: everything is private to them.
//
// All polynomials are least-maximum fits to the function on the interval that the reduction leaves;
// the figures behind them are the largest errors of the fits.

#include <cstdint>

#include "kernels/inline.h"

#if defined(__clang__)
// A sanitizer's build has loops that do not become vectors; they compute the same.
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

namespace slipway::kernels {
namespace {

SLIPWAY_INLINE float as_float(std::int32_t bits) { return __builtin_bit_cast(float, bits); }

SLIPWAY_INLINE std::int32_t as_bits(float x) { return __builtin_bit_cast(std::int32_t, x); }

SLIPWAY_INLINE float absolute(float x) { return as_float(as_bits(x) & 0x7FFFFFFF); }

SLIPWAY_INLINE float with_sign_of(float x, float sign) {
  return as_float((as_bits(x) & 0x7FFFFFFF) |
                  (as_bits(sign) & static_cast<std::int32_t>(1U << 31U)));
}

SLIPWAY_INLINE float larger(float a, float b) { return a < b ? b : a; }

SLIPWAY_INLINE float smaller(float a, float b) { return b < a ? b : a; }

/// c[0] + c[1] x + …
template <int kTerms>
SLIPWAY_INLINE float polynomial(const float (&c)[kTerms], float x) {
  float y = c[kTerms - 1];
  for (int i = kTerms - 1; i-- > 0;) y = y * x + c[i];
  return y;
}

/// x = n ln(2) + rest, |rest| <= ln(2) / 2; e^rest - 1 = rest + rest^2 p(rest).
struct Reduced {
  std::int32_t n;
  float less_one;  // e^rest - 1
};

SLIPWAY_INLINE Reduced reduced(float x) {
  constexpr float kMagic = 12582912.0F;  // adding it leaves a whole number in the last bits
  const float moved = x * 1.44269504F + kMagic;
  const float n = moved - kMagic;
  const float rest = (x - n * 0.693359375F) - n * -2.12194440e-4F;
  constexpr float kP[] = {0.500000005F,   0.166666668F,   0.0416663544F,
                          0.00833327413F, 0.00139410222F, 0.000199135746F};  // 2.4e-10
  return {as_bits(moved) - as_bits(kMagic), rest + rest * rest * polynomial(kP, rest)};
}

/// 2^n, -126 <= n <= 127
SLIPWAY_INLINE float power_of_two(std::int32_t n) { return as_float((n + 127) << 23); }

SLIPWAY_INLINE float exp_of(float x) {
  // Beyond these, e^x is 0 or infinite. Not-a-number goes through both comparisons.
  const float held = smaller(larger(x, -104.0F), 89.0F);
  const Reduced r = reduced(held);
  const std::int32_t half = r.n >> 1;  // in two steps, for results without a normal exponent
  return (r.less_one + 1.0F) * power_of_two(half) * power_of_two(r.n - half);
}

/// e^x - 1
SLIPWAY_INLINE float exp_less_one_of(float x) {
  const float held = smaller(larger(x, -25.0F), 89.0F);
  const Reduced r = reduced(held);
  const float half = power_of_two(r.n - 1);
  const float y = (r.less_one * half + (half - 0.5F)) * 2.0F;
  return r.n == 0 ? r.less_one : y;
}

SLIPWAY_INLINE float log_of(float x) {
  const bool tiny = x < 1.17549435e-38F;
  // Without a sign: for negative numbers, whose result is none, this wraps.
  const auto bits = static_cast<std::uint32_t>(as_bits(tiny ? x * 8388608.0F : x));
  // x = 2^n m, sqrt(1/2) <= m < sqrt(2)
  const std::int32_t n = static_cast<std::int32_t>(bits - 0x3F3504F3U) >> 23;
  const float f =
      as_float(static_cast<std::int32_t>(bits - (static_cast<std::uint32_t>(n) << 23U))) - 1.0F;
  const auto e = static_cast<float>(n - (tiny ? 23 : 0));
  constexpr float kQ[] = {0.333333104F,  -0.249999865F, 0.200022315F,  -0.166692576F, 0.142185558F,
                          -0.123841544F, 0.118735861F,  -0.117913106F, 0.0691580561F};  // 7.3e-10
  const float square = f * f;
  const float rest = f * square * polynomial(kQ, f) - 0.5F * square + e * -2.12194440e-4F;
  float y = f + rest + e * 0.693359375F;
  const float infinity = as_float(0x7F800000);
  y = x == infinity ? infinity : y;
  y = x == 0 ? -infinity : y;
  return x >= 0 ? y : as_float(0x7FC00000);
}

/// log(1 + y), 0 <= y <= 1: what is lost in the sum is brought back by the factor.
SLIPWAY_INLINE float log_of_one_and(float y) {
  const float sum = 1.0F + y;
  const float lost = sum - 1.0F;
  const float divisor = lost == 0 ? 1.0F : lost;
  return lost == 0 ? y : log_of(sum) * (y / divisor);
}

SLIPWAY_INLINE float tanh_of(float x) {
  const float size = absolute(x);
  constexpr float kP[] = {-0.333332832F, 0.133314701F, -0.0537416198F, 0.0206441275F,
                          -0.00570948856F};  // to 0.626: 4.2e-9
  const float square = x * x;
  const float near = x + x * square * polynomial(kP, square);
  const float far = 1.0F - 2.0F / (exp_of(2.0F * size) + 1.0F);
  return size < 0.625F ? near : with_sign_of(far, x);
}

/// 1 - erf(x) for x >= 0, as e^(-x^2) q(t) t with t = 1 / (1 + 0.4 x).
SLIPWAY_INLINE float erfc_of(float x) {
  const float held = smaller(x, 10.2F);  // beyond, it is 0
  const float t = 1.0F / (1.0F + 0.4F * held);
  constexpr float kQ[] = {0.225705559F, 0.224978292F,  0.214700652F, 0.130699527F,
                          0.269114945F, -0.278867388F, 0.540822905F, -0.493853086F,
                          0.195904757F, -0.029206155F};  // 8.3e-9
  // x^2 = high^2 + (x - high) (x + high), of which the first is exact.
  const float high = as_float(as_bits(held) & static_cast<std::int32_t>(0xFFFFF000U));
  const float low = (held - high) * (held + high);
  return exp_of(-high * high) * exp_of(-low) * (polynomial(kQ, t) * t);
}

SLIPWAY_INLINE float erf_of(float x) {
  const float size = absolute(x);
  constexpr float kP[] = {1.12837917F,    -0.376126271F,    0.112836002F,   -0.0268544446F,
                          0.00518953534F, -0.000802084125F, 7.88911942e-05F};  // to 1: 1.2e-9
  const float square = x * x;
  const float near = x * polynomial(kP, square);
  const float far = with_sign_of(1.0F - erfc_of(size), x);
  return size < 1.0F ? near : far;
}

}  // namespace
}  // namespace slipway::kernels
