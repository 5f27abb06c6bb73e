#pragma once
// add_u8 for all vectors. To be included behind vector512.h or vector256.h.

#include "kernels/add_u8_isa.h"

namespace slipway::kernels {
namespace {

/// Words of half as many bytes as a vector has, in the order of slots().
template <class V>
SLIPWAY_INLINE typename V::I sum_words(const std::uint8_t* a, const std::uint8_t* b,
                                       const Addition& addition) {
  const auto scale = V::of_floats(addition.scale);
  const auto residual_scale = V::of_floats(addition.residual_scale);
  const auto constant = V::of_floats(addition.constant);
  const auto half = [&](bool second) __attribute__((always_inline)) {
    const auto x = V::to_floats(V::slots(a, second));
    const auto y = V::to_floats(V::slots(b, second));
    return V::to_ints(addition.residual_last
                          ? V::fused(y, residual_scale, V::fused(x, scale, constant))
                          : V::fused(x, scale, V::fused(y, residual_scale, constant)));
  };
  return V::pack_ints(half(false), half(true));
}

template <class V>
SLIPWAY_INLINE void run_sums(const AddU8& job) {
  if (job.addition.table) return add_u8_table(job);
  constexpr std::ptrdiff_t kHalf = sizeof(typename V::I) / 2;
  const auto low = V::of_bytes(job.addition.low);
  const auto high = V::of_bytes(job.addition.high);
  for (std::ptrdiff_t i = 0; i < job.count; i += 2 * kHalf) {
    const auto first = sum_words<V>(job.a + i, job.b + i, job.addition);
    const auto second = sum_words<V>(job.a + i + kHalf, job.b + i + kHalf, job.addition);
    const auto bytes = V::least(V::most(V::natural(V::pack_words(first, second)), low), high);
    const std::ptrdiff_t left = job.count - i;
    if (left >= 2 * kHalf) {
      V::store_all(job.out + i, bytes);
    } else {
      const auto columns = static_cast<int>(left < kHalf ? left : kHalf);
      V::store_half(job.out + i, columns, bytes, false);
      if (left > kHalf)
        V::store_half(job.out + i + kHalf, static_cast<int>(left - kHalf), bytes, true);
    }
  }
}

}  // namespace
}  // namespace slipway::kernels
