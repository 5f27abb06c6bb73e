#pragma once
// Functions of one float each.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// The functions, with their numbers a and b. Those from `acos` on are the C library's, one element
/// after the other.
enum class UnaryF32Kind : std::uint32_t {
  clip,  // a where x < a, then b where b < x
  abs,
  neg,
  sign,
  square,
  sqrt,
  rsqrt,  // 1 / sqrt(x)
  reciprocal,
  floor,
  ceil,
  round,  // halves to even
  exp,
  log,
  sigmoid,
  tanh,
  swish,         // x / (1 + e^(-a x))
  hard_swish,    // x min(6, max(0, x + 3)) / 6
  hard_sigmoid,  // max(0, min(1, a x + b))
  leaky,         // x where x > 0, a x elsewhere
  elu,           // x where x >= 0, a (e^x - 1) elsewhere
  selu,          // b (x where x > 0, a (e^x - 1) elsewhere)
  celu,          // max(x, 0) + min(0, a (e^(x / a) - 1))
  shrink,        // x - b where x > a, x + b where x < -a, 0 between
  threshold,     // x where x > a, 0 elsewhere
  softplus,      // log(1 + e^x)
  softsign,      // x / (1 + |x|)
  mish,          // x tanh(log(1 + e^x))
  erf,
  gelu,       // x / 2 (1 + erf(x / sqrt(2)))
  gelu_tanh,  // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cos,
  cosh,
  sin,
  sinh,
  tan,
};

/// out[i] = f(in[i]); in and out may be the same. The variants give the same bits. They are within
/// 4 units in the last place of the C library's functions, or 1e-6 of the value where those are
/// combined (gelu, mish, softplus); tests have the figures. Not-a-number, infinities and 0 are as
/// the C library has them.
struct UnaryF32 {
  const float* in = nullptr;
  float* out = nullptr;
  std::int64_t count = 0;
  UnaryF32Kind kind = UnaryF32Kind::clip;
  float a = 0;
  float b = 0;
};

struct UnaryF32Variant {
  Isa isa;
  void (*run)(const UnaryF32&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const UnaryF32Variant> unary_f32_variants();

}  // namespace slipway::kernels
