#pragma once
// How a 32-bit sum becomes a byte. The arithmetic is that of docs/formats/quantized_arithmetic.md,
// in forms that vectors compute fast; each has its twin here, to which every variant is bit-equal.

#include <bit>
#include <cmath>
#include <cstdint>

namespace slipway::kernels {

enum class Requantize : std::uint8_t {
  multiply,  // even(float(sum) * scale) + zero: ONNX's QLinear operators
  magic,     // the same steps without conversions, where a proof admits it (see kMagic)
};

/// 1.5 * 2^23: a float near it has steps of 1, so that kMagicBits + n are the bits of kMagic + n
/// for |n| < 2^22. A sum that starts there is already a float, and one fused multiply-add leaves
/// the result in the same form.
inline constexpr float kMagic = 12582912.0F;
inline constexpr std::int32_t kMagicBits = 0x4B400000;

/// What holds for all channels of a layer.
struct Requantization {
  Requantize kind = Requantize::multiply;
  std::int16_t zero = 0;  // added after rounding; a magic offset has it inside
  std::uint8_t low = 0;   // what an activation leaves
  std::uint8_t high = 255;
};

/// A sum of two quantized tensors, as quantized_arithmetic.md has it for QLinearAdd, each product
/// and sum rounded once:
///
///   even(own * scale + (residual * residual_scale + constant)), or, with `residual_last`,
///   even(residual * residual_scale + (own * scale + constant))
struct Addition {
  float scale = 1;
  float residual_scale = 1;
  float constant = 0;
  std::uint8_t low = 0;  // what an activation leaves
  std::uint8_t high = 255;
  bool residual_last = false;
};

/// What holds for one output channel.
struct ChannelScale {
  std::int32_t bias = 0;  // magic: without kMagicBits, which packing adds
  float scale = 1;
  float offset = 0;  // magic alone
};

/// The byte of a sum that has its bias inside.
[[nodiscard]] inline std::uint8_t requantize(std::int32_t sum, const ChannelScale& channel,
                                             const Requantization& all) {
  const auto cut = [&](std::int64_t x) {
    const std::int64_t least = all.low;
    const std::int64_t most = all.high;
    return static_cast<std::uint8_t>(x < least ? least : x > most ? most : x);
  };
  if (all.kind == Requantize::magic) {
    const float x = std::bit_cast<float>(sum + kMagicBits);
    const float y = std::fma(x, channel.scale, channel.offset);
    return cut(std::bit_cast<std::int32_t>(y) - kMagicBits);
  }
  const float y = std::nearbyint(static_cast<float>(sum) * channel.scale);
  // Far outside of a byte nothing counts but the side.
  const float near = y < -65536.0F ? -65536.0F : y > 65536.0F ? 65536.0F : y;
  return cut(static_cast<std::int64_t>(near) + all.zero);
}

/// The byte of two bytes added.
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
