#pragma once
// How a 32-bit sum becomes a byte. The arithmetic is that of docs/formats/quantized_arithmetic.md,
// in forms that vectors compute fast; each has its twin here, to which every variant is bit-equal.

#include <bit>
#include <cmath>
#include <cstdint>

namespace slipway::kernels {

/// Forms of the same function. The first three give the bytes of one of the others where a proof
/// admits it (device/cpu/prove.h). Their cut() drops a fraction, which the offset has one half more
/// for: floats near to an integer are no coarser below it than above, those near to the half
/// between two of them round there to the even one.
enum class Requantize : std::uint16_t {
  magic,     // fma without conversions (see kMagic); the zero point is inside of the offset
  fused,     // cut(fma(float(sum), factor, offset)); the zero point is inside of the offset
  mirrored,  // cut(fma(float(sum), factor, copysign(offset, sum))) + zero
  multiply,  // even(float(sum) * scale) + zero: ONNX's QLinear operators
  down,      // integers whose shift goes to the right, by 1 to 31
  integers,  // multiplier and shift, rounded twice, + zero: TensorFlow Lite
  doubles,   // double(sum) * real, halves away from zero, + zero: its dense layers
};

inline constexpr int kRequantizeCount = 7;

/// Whether kernels keep the sums of this form in registers.
[[nodiscard]] constexpr bool is_fast(Requantize kind) { return kind <= Requantize::down; }

/// 1.5 * 2^23: a float near it has steps of 1, so that kMagicBits + n are the bits of kMagic + n
/// for |n| < 2^22. A sum that starts there is already a float, and one fused multiply-add leaves
/// the result in the same form, rounded once. Its offset is a whole number; the fraction comes from
/// `centre`, an integer that sums are less.
inline constexpr float kMagic = 12582912.0F;
inline constexpr std::int32_t kMagicBits = 0x4B400000;

/// What holds for all channels of a layer.
struct Requantization {
  Requantize safe = Requantize::multiply;  // for panels whose channels have no form in common
  std::int16_t zero = 0;
  std::uint8_t low = 0;  // what an activation leaves
  std::uint8_t high = 255;
};

/// What holds for one output channel.
struct ChannelScale {
  std::int32_t bias = 0;
  std::int32_t centre = 0;                 // magic
  Requantize kind = Requantize::multiply;  // the fastest form that gives this channel's bytes
  float factor = 1;                        // magic, fused, mirrored
  float offset = 0;                        // magic, fused, mirrored
  float scale = 1;                         // multiply, and sums that become floats
  std::int32_t multiplier = 0;             // down, integers
  std::int32_t shift = 0;                  // down, integers: to the left
  double real = 1;                         // doubles
};

/// The two words beside its bias that a kind reads.
struct ScaleWords {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

[[nodiscard]] inline ScaleWords words_of(const ChannelScale& channel, Requantize kind) {
  switch (kind) {
    case Requantize::multiply:
      return {std::bit_cast<std::uint32_t>(channel.scale), 0};
    case Requantize::down:
      return {static_cast<std::uint32_t>(channel.multiplier),
              static_cast<std::uint32_t>(-channel.shift - 1)};
    case Requantize::integers:
      return {static_cast<std::uint32_t>(channel.multiplier),
              static_cast<std::uint32_t>(channel.shift)};
    case Requantize::doubles: {
      const auto bits = std::bit_cast<std::uint64_t>(channel.real);
      return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32U)};
    }
    default:
      return {std::bit_cast<std::uint32_t>(channel.factor),
              std::bit_cast<std::uint32_t>(channel.offset)};
  }
}

/// Where the sum of a kind starts: its bias, and what is never taken off again.
[[nodiscard]] inline std::int32_t start_of(const ChannelScale& channel, Requantize kind) {
  const auto centre = static_cast<std::uint32_t>(kind == Requantize::magic ? channel.centre : 0);
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(channel.bias) - centre);
}

/// x * multiplier * 2^(shift - 31), rounded by the doubling high product and again by the shift to
/// the right; a shift to the left comes first and wraps.
[[nodiscard]] inline std::int32_t rescaled(std::int32_t x, std::int32_t multiplier,
                                           std::int32_t shift) {
  const int left = shift > 0 ? shift : 0;
  const int right = shift < -31 ? 31 : shift < 0 ? -shift : 0;
  const auto moved = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << left);
  const std::int64_t product = static_cast<std::int64_t>(moved) * multiplier;
  const auto high = static_cast<std::int32_t>((product + (std::int64_t{1} << 30)) >> 31);
  const auto mask = static_cast<std::int32_t>((std::uint32_t{1} << right) - 1);
  return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0);
}

/// The largest double below one half: adding it and cutting the fraction rounds halves away from
/// zero, which adding one half does not for its neighbour.
inline constexpr double kNearlyHalf = 0.49999999999999994;

/// The byte of a sum that began at start_of(), in one of the forms.
[[nodiscard]] inline std::uint8_t requantize_as(Requantize kind, std::int32_t sum, ScaleWords words,
                                                const Requantization& all) {
  const auto cut = [&](std::int64_t x) {
    const std::int64_t least = all.low;
    const std::int64_t most = all.high;
    return static_cast<std::uint8_t>(x < least ? least : x > most ? most : x);
  };
  // Far outside of a byte nothing counts but the side.
  const auto without_fraction = [](float y) {
    return static_cast<std::int64_t>(y < -65536.0F ? -65536.0F : y > 65536.0F ? 65536.0F : y);
  };
  const auto whole = [&](float y) { return without_fraction(std::nearbyint(y)); };
  const auto x = static_cast<float>(sum);
  const auto first = std::bit_cast<float>(words.first);
  const auto second = std::bit_cast<float>(words.second);
  switch (kind) {
    case Requantize::magic: {
      const float y = std::fma(std::bit_cast<float>(sum + kMagicBits), first, second);
      return cut(std::bit_cast<std::int32_t>(y) - kMagicBits);
    }
    case Requantize::fused:
      return cut(without_fraction(std::fma(x, first, second)));
    case Requantize::mirrored:
      return cut(without_fraction(std::fma(x, first, std::copysign(second, x))) + all.zero);
    case Requantize::multiply:
      return cut(whole(x * first) + all.zero);
    case Requantize::down:
      return cut(std::int64_t{rescaled(sum, static_cast<std::int32_t>(words.first),
                                       -1 - static_cast<std::int32_t>(words.second))} +
                 all.zero);
    case Requantize::integers:
      return cut(std::int64_t{rescaled(sum, static_cast<std::int32_t>(words.first),
                                       static_cast<std::int32_t>(words.second))} +
                 all.zero);
    case Requantize::doubles: {
      const auto real = std::bit_cast<double>(std::uint64_t{words.second} << 32U | words.first);
      const double y = static_cast<double>(sum) * real;
      const double near = y < -65536.0 ? -65536.0 : y > 65536.0 ? 65536.0 : y;
      return cut(static_cast<std::int64_t>(near + std::copysign(kNearlyHalf, near)) + all.zero);
    }
  }
  return all.low;
}

/// The byte of a sum that has its bias inside, in the channel's own form.
[[nodiscard]] inline std::uint8_t requantize(std::int32_t sum, const ChannelScale& channel,
                                             const Requantization& all) {
  const auto moved = static_cast<std::uint32_t>(sum) - static_cast<std::uint32_t>(channel.bias) +
                     static_cast<std::uint32_t>(start_of(channel, channel.kind));
  return requantize_as(channel.kind, static_cast<std::int32_t>(moved),
                       words_of(channel, channel.kind), all);
}

/// A sum of two quantized tensors:
///
///   even(own * scale + (residual * residual_scale + constant)), or, with `residual_last`,
///   even(residual * residual_scale + (own * scale + constant))
///
/// each product and sum rounded once, as quantized_arithmetic.md has it for QLinearAdd. With
/// constants for which a proof over all pairs of bytes admits it, it is TensorFlow Lite's sum, too;
/// where there are none, a table has the results: `own` times 256 plus `residual` is the place.
struct Addition {
  float scale = 1;
  float residual_scale = 1;
  float constant = 0;
  std::uint8_t low = 0;  // what an activation leaves
  std::uint8_t high = 255;
  bool residual_last = false;
  bool table = false;
};

inline constexpr int kTableBytes = 65536;

/// The byte of two bytes added; the table is not asked.
[[nodiscard]] inline std::uint8_t add(std::uint8_t own, std::uint8_t residual,
                                      const Addition& addition) {
  const auto a = static_cast<float>(own);
  const auto b = static_cast<float>(residual);
  const auto inner = [&](float x, float scale) { return std::fma(x, scale, addition.constant); };
  const float sum = addition.residual_last
                        ? std::fma(b, addition.residual_scale, inner(a, addition.scale))
                        : std::fma(a, addition.scale, inner(b, addition.residual_scale));
  const float y = std::nearbyint(sum);
  const auto least = static_cast<float>(addition.low);
  const auto most = static_cast<float>(addition.high);
  return static_cast<std::uint8_t>(y < least ? least : y > most ? most : y);
}

}  // namespace slipway::kernels
