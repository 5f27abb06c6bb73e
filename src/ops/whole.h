#pragma once
// Floats as whole numbers, for every float: a plain cast has no meaning outside the type.

#include <cmath>
#include <limits>
#include <type_traits>

namespace slipway {

/// x without its fraction, saturated; the largest number for a NaN, as TensorFlow Lite has it.
template <class To, class From>
[[nodiscard]] To whole(From x) {
  static_assert(std::is_integral_v<To> && std::is_floating_point_v<From>);
  if (std::isnan(x)) return std::numeric_limits<To>::max();
  // The largest whole number may round up to one that is too large: hence >=.
  if (x >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  if (x <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  return static_cast<To>(x);
}

}  // namespace slipway
