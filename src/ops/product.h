#pragma once
// Products of sizes for costs, which shapes from outside can drive past 64 bits.

#include <cstdint>
#include <initializer_list>
#include <limits>

namespace slipway {

/// The product, or the largest number where that does not fit. Needs every factor to be >= 0.
[[nodiscard]] inline std::int64_t saturating_product(std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  bool fits = true;
  for (const auto factor : factors) {
    if (factor == 0) return 0;
    fits = fits && !__builtin_mul_overflow(product, factor, &product);
  }
  return fits ? product : std::numeric_limits<std::int64_t>::max();
}

}  // namespace slipway
