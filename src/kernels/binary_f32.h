#pragma once
// Functions of two floats each.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// Those from `power` on are the C library's, one element after the other.
enum class BinaryF32Kind : std::uint32_t {
  add,
  subtract,
  multiply,
  divide,
  maximum,  // a where a > b, else b
  minimum,  // a where a < b, else b
  squared_difference,
  slope,  // a where a >= 0, a b elsewhere
  power,
  arctangent,
  remainder,  // with the sign of a
  floored_quotient,
  floored_remainder,  // with the sign of b
};

/// out[i] = f(a[i * a_step], b[i * b_step]) between low and high; steps are 0 or 1. `out` may be a
/// or b. The variants give the same bits.
struct BinaryF32 {
  const float* a = nullptr;
  const float* b = nullptr;
  float* out = nullptr;
  std::int64_t count = 0;
  int a_step = 1;
  int b_step = 1;
  BinaryF32Kind kind = BinaryF32Kind::add;
  float low = 0;
  float high = 0;
};

struct BinaryF32Variant {
  Isa isa;
  void (*run)(const BinaryF32&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const BinaryF32Variant> binary_f32_variants();

}  // namespace slipway::kernels
