#pragma once
// Elements taken together along one dimension.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// The kinds of floats, then those of bytes.
enum class ReduceKind : std::uint32_t {
  sum,
  mean,
  largest,
  least,
  product,
  sizes,  // sum of |x|
  root_of_squares,
  squares,
  log_sum,
  log_sum_exp,
  largest_u8,
  least_u8,
  largest_i8,
  least_i8,
  sum_u8,  // out = zero_out + (sum - length * zero_in) * multiplier * 2^(shift - 31), saturated
  sum_i8,
};

/// How a sum of bytes becomes a byte: docs/formats/quantized_arithmetic.md, rounding twice.
struct ReduceScale {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
  std::int32_t zero_in = 0;
  std::int32_t zero_out = 0;
};

/// out[o, i] = the elements in[o, 0 … length - 1, i] taken together, for o from `first` up to
/// `last`. Where inner is 1, sums of floats add up in 16 parts; else in order.
struct Reduce {
  const void* in = nullptr;
  void* out = nullptr;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t length = 1;
  std::int64_t inner = 1;
  ReduceKind kind = ReduceKind::sum;
  ReduceScale scale;
};

struct ReduceVariant {
  Isa isa;
  void (*run)(const Reduce&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const ReduceVariant> reduce_variants();

}  // namespace slipway::kernels
