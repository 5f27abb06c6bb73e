#pragma once
// The forms of requantize.h on vectors. To be included behind vector512.h or vector256.h.

#include "kernels/inline.h"
#include "kernels/requantize.h"

namespace slipway::kernels {
namespace {

/// The doubling high product, rounded.
template <class V>
SLIPWAY_INLINE typename V::I high_product(typename V::I a, typename V::I b) {
  return V::even_odd(V::high_product(a, b, false),
                     V::high_product(V::odd_down(a), V::odd_down(b), true));
}

/// TensorFlow Lite's two roundings, the second by a shift to the right of `less_1` + 1.
template <class V>
SLIPWAY_INLINE typename V::I rescaled_down(typename V::I sum, typename V::I multiplier,
                                           typename V::I less_1) {
  using I = typename V::I;
  // Halves go away from zero: of negative numbers to the lower one, so one less is rounded up.
  const I high = high_product<V>(sum, multiplier);
  const I doubled = V::right(V::add(high, V::right(high, V::of_ints(31))), less_1);
  return V::right(V::add(doubled, V::of_ints(1)), V::of_ints(1));
}

/// The same with shifts in both directions.
template <class V>
SLIPWAY_INLINE typename V::I rescaled(typename V::I sum, typename V::I multiplier,
                                      typename V::I shift) {
  using I = typename V::I;
  const I none = V::of_ints(0);
  const I moved = V::left(sum, V::most_ints(shift, none));
  const I high = high_product<V>(moved, multiplier);
  const I by = V::least_ints(V::subtract(none, V::least_ints(shift, none)), V::of_ints(31));
  const I mask = V::subtract(V::left(V::of_ints(1), by), V::of_ints(1));
  const I limit = V::count_greater(V::right(mask, V::of_ints(1)), none, high);
  return V::count_greater(V::right(high, by), V::both(high, mask), limit);
}

/// double(sum) * real for the even lanes, halves away from zero; in the low half of each 64 bits.
template <class V>
SLIPWAY_INLINE typename V::I rounded_doubles(typename V::I sum, typename V::I real) {
  using I = typename V::I;
  using D = typename V::D;
  // 2^52 + 2^31 + sum has these bits.
  const I moved = V::subtract(sum, V::of_ints(INT32_MIN));
  const D x = V::add(V::as_doubles(V::even_odd(moved, V::of_ints(0x43300000))),
                     V::of_doubles(-(0x1p52 + 0x1p31)));
  const D y = V::most(V::least(V::multiply(x, V::as_doubles(real)), V::of_doubles(65536)),
                      V::of_doubles(-65536));
  const I half = V::as_ints(V::of_doubles(kNearlyHalf));
  const I signs = V::both(V::as_ints(y), V::as_ints(V::of_doubles(-0.0)));
  const D rounded = V::truncated(V::add(y, V::as_doubles(V::add(half, signs))));
  return V::as_ints(V::add(rounded, V::of_doubles(0x1.8p52)));
}

/// Sums as integers near a byte, without the zero point unless the kind has it inside.
template <class V, Requantize kKind>
SLIPWAY_INLINE typename V::I requantized(typename V::I sum, typename V::I first,
                                         typename V::I second) {
  const auto a = V::as_floats(first);
  const auto b = V::as_floats(second);
  if constexpr (kKind == Requantize::magic) {
    return V::subtract(V::as_ints(V::fused(V::as_floats(sum), a, b)), V::of_ints(kMagicBits));
  } else if constexpr (kKind == Requantize::fused) {
    return V::cut_to_ints(V::fused(V::to_floats(sum), a, b));
  } else if constexpr (kKind == Requantize::mirrored) {
    return V::cut_to_ints(V::fused(V::to_floats(sum), a, V::as_floats(V::with_sign(sum, second))));
  } else if constexpr (kKind == Requantize::multiply) {
    return V::to_ints(V::multiply(V::to_floats(sum), a));
  } else if constexpr (kKind == Requantize::down) {
    return rescaled_down<V>(sum, first, second);
  } else if constexpr (kKind == Requantize::integers) {
    return rescaled<V>(sum, first, second);
  } else {
    const auto even = rounded_doubles<V>(sum, V::even_odd(first, V::even_up(second)));
    const auto odd = rounded_doubles<V>(V::odd_down(sum), V::even_odd(V::odd_down(first), second));
    return V::even_odd(even, V::even_up(odd));
  }
}

[[nodiscard]] SLIPWAY_INLINE constexpr bool has_zero_inside(Requantize kind) {
  return kind == Requantize::magic || kind == Requantize::fused;
}

/// The words of two vectors of sums. Saturation only moves what is far outside of a byte.
template <class V, Requantize kKind>
SLIPWAY_INLINE typename V::I words(typename V::I a, typename V::I b, const std::byte* first_a,
                                   const std::byte* first_b, std::size_t to_second,
                                   typename V::I zero) {
  const auto packed =
      V::pack_ints(requantized<V, kKind>(a, V::load(first_a), V::load(first_a + to_second)),
                   requantized<V, kKind>(b, V::load(first_b), V::load(first_b + to_second)));
  return has_zero_inside(kKind) ? packed : V::add_words(packed, zero);
}

/// Calls `then` with a kind that is known when compiling.
template <class Then>
SLIPWAY_INLINE void with_kind(Requantize kind, const Then& then) {
  switch (kind) {
    case Requantize::magic:
      return then.template operator()<Requantize::magic>();
    case Requantize::fused:
      return then.template operator()<Requantize::fused>();
    case Requantize::mirrored:
      return then.template operator()<Requantize::mirrored>();
    case Requantize::multiply:
      return then.template operator()<Requantize::multiply>();
    case Requantize::down:
      return then.template operator()<Requantize::down>();
    case Requantize::integers:
      return then.template operator()<Requantize::integers>();
    case Requantize::doubles:
      return then.template operator()<Requantize::doubles>();
  }
}

}  // namespace
}  // namespace slipway::kernels
