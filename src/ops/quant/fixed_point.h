#pragma once
// Fixed-point rescaling, as docs/formats/quantized_arithmetic.md states it.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "ir/fields.h"
#include "tensor/tensor_type.h"

namespace slipway {

/// How an integer op scales its 32-bit accumulator to its output.
enum class Rounding : std::uint8_t {
  twice,  // doubling high product rounds, then the shift rounds again (TensorFlow Lite, gemmlowp)
  once,   // one 64-bit product, one rounding shift (TensorFlow Lite built for single rounding)
  real,   // multiply in double, round half away from zero
  real_even,  // multiply in float, round half to even (QLinear* of ONNX)
};
template <>
inline constexpr auto kEnumNames<Rounding> =
    std::to_array<std::string_view>({"twice", "once", "real", "real_even"});

}  // namespace slipway

namespace slipway::fixed {

/// value ~ multiplier * 2^(shift - 31), with multiplier in [2^30, 2^31) or 0.
struct Multiplier {
  std::int32_t value = 0;
  int shift = 0;
};

/// The multiplier nearest to a real number.
///
/// Source  Jacob et al. 2018, section 2.2; the rounding of TensorFlow Lite's QuantizeMultiplier
[[nodiscard]] Multiplier quantize(double real);

/// The high half of 2*a*b, rounded half away from zero towards plus infinity, saturated.
[[nodiscard]] constexpr std::int32_t doubling_high(std::int32_t a, std::int32_t b) {
  if (a == b && a == std::numeric_limits<std::int32_t>::min())
    return std::numeric_limits<std::int32_t>::max();
  const std::int64_t product = static_cast<std::int64_t>(a) * b;
  const std::int64_t nudge = product >= 0 ? (std::int64_t{1} << 30U) : 1 - (std::int64_t{1} << 30U);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31U));
}

/// x / 2^exponent, rounded half away from zero. Needs 0 <= exponent <= 31.
[[nodiscard]] constexpr std::int32_t rounding_shift(std::int32_t x, int exponent) {
  const auto mask =
      static_cast<std::int32_t>((std::int64_t{1} << static_cast<unsigned>(exponent)) - 1);
  const std::int32_t remainder = x & mask;
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/// x * 2^exponent without overflow, wrapping as the peers' 32-bit shift does.
[[nodiscard]] constexpr std::int32_t wrapping_shift(std::int32_t x, int exponent) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x)
                                   << static_cast<unsigned>(exponent));
}

/// x * m, for a 32-bit accumulator.
[[nodiscard]] constexpr std::int32_t scale(std::int32_t x, Multiplier m,
                                           Rounding rounding = Rounding::twice) {
  if (rounding == Rounding::once) {
    const int total = 31 - m.shift;
    if (total > 62) return 0;  // too small to move any number
    const std::int64_t product = static_cast<std::int64_t>(x) * m.value;
    const std::int64_t rounded =
        (product + (std::int64_t{1} << static_cast<unsigned>(total - 1))) >> total;
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(rounded, std::numeric_limits<std::int32_t>::min(),
                                 std::numeric_limits<std::int32_t>::max()));
  }
  const int left = std::max(m.shift, 0);
  const int right = std::min(std::max(-m.shift, 0), 31);
  return rounding_shift(doubling_high(wrapping_shift(x, left), m.value), right);
}

/// x * m, for the 64-bit accumulator of 16-bit activations: the multiplier keeps 15 bits, one
/// rounding. Exact for |x| < 2^47 and m.shift < 8; beyond, it wraps.
[[nodiscard]] constexpr std::int32_t scale_wide(std::int64_t x, Multiplier m) {
  const std::int32_t reduced = m.value < 0x7FFF0000 ? (m.value + (1 << 15)) >> 16 : 0x7FFF;
  const int total = std::max(15 - m.shift, 1);
  const std::uint64_t product = static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(reduced);
  const std::uint64_t rounded = product + (std::uint64_t{1} << static_cast<unsigned>(total - 1));
  return static_cast<std::int32_t>(static_cast<std::int64_t>(rounded) >> total);
}

/// A real number cut to [low, high], without its fraction. Not-a-number, which files can make of
/// extreme scales, is `low`.
[[nodiscard]] constexpr std::int64_t whole(double real, double low, double high) {
  if (!(real > low)) return static_cast<std::int64_t>(low);
  return static_cast<std::int64_t>(real < high ? real : high);
}

/// A scaled number of steps as an integer, halves to even; kept so small that a zero point fits.
[[nodiscard]] inline std::int64_t real_even(float steps) {
  return whole(std::nearbyint(static_cast<double>(steps)), -1e12, 1e12);
}

/// The integers between which an output of this type lies, narrowed by an activation below.
struct Range {
  std::int32_t low = 0;
  std::int32_t high = 0;
};

/// All values of an 8- or 16-bit type. Needs i8, u8 or i16.
[[nodiscard]] Range range_of(DType dtype);

}  // namespace slipway::fixed
