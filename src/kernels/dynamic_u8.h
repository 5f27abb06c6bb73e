#pragma once
// Floats that meet weights of bytes: they are spread over bytes of their own range, and sums become
// floats again.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// The ends of a range of floats that has 0 in it. What is not a number counts nothing.
struct FloatRange {
  float low = 0;
  float high = 0;
};

/// Makes a range as wide as some floats need it.
struct WidenRange {
  const float* in = nullptr;
  std::int64_t count = 0;
  FloatRange* range = nullptr;
};

/// With q = round(x * inverse + zero), halves away from zero, between `least` and 127, and `least`
/// where x is not a number:
///
///   bytes   y = q + 128
///   floats  y = q - zero
struct DynamicU8 {
  const float* in = nullptr;
  std::uint8_t* bytes = nullptr;
  float* floats = nullptr;  // in place of bytes
  std::int64_t count = 0;
  float inverse = 1;
  std::int32_t zero = 0;
  std::int32_t least = -128;
};

/// y = clamp((sum - zero * weights[j]) * scale[j] * by + bias[j]) for column j, where sums are:
/// each is a 32-bit integer, or a float that is one, of which nothing is taken away. `in_turn` says
/// which product comes first: (sum * scale[j]) * by, or sum * (scale[j] * by).
struct ScaleSums {
  float* c = nullptr;
  std::int64_t rows = 0;
  std::ptrdiff_t stride = 0;  // elements between two rows
  int columns = 0;
  const std::int32_t* weights = nullptr;  // the sums of each column's; nullptr: c are floats
  const float* scale = nullptr;
  const float* bias = nullptr;
  float by = 1;
  std::int32_t zero = 0;
  bool in_turn = false;
  float low = 0;
  float high = 0;
};

/// One way to compute one of them. All give the same bits.
template <class Job>
struct DynamicVariant {
  Isa isa;
  void (*run)(const Job&);
};

/// All variants, the portable one first, as table.h says: the same rows in all three.
[[nodiscard]] std::span<const DynamicVariant<WidenRange>> widen_range_variants();
[[nodiscard]] std::span<const DynamicVariant<DynamicU8>> dynamic_u8_variants();
[[nodiscard]] std::span<const DynamicVariant<ScaleSums>> scale_sums_variants();

}  // namespace slipway::kernels
