#pragma once
// The activation that an op may apply to its result before writing it.

#include <array>
#include <cstdint>
#include <string_view>

#include "ops/quant/fixed_point.h"

namespace slipway {

enum class Activation : std::uint8_t { none, relu, relu_n1_to_1, relu6 };
template <>
inline constexpr auto kEnumNames<Activation> =
    std::to_array<std::string_view>({"none", "relu", "relu_n1_to_1", "relu6"});

/// The reals between which an activation clamps.
struct RealRange {
  float low;
  float high;
};

[[nodiscard]] RealRange range_of(Activation activation);

/// How f32 activations are quantized on the fly where they meet i8 weights, one batch entry at a
/// time.
enum class DynamicRange : std::uint8_t {
  symmetric,   // scale = largest magnitude / 127, zero point 0
  asymmetric,  // the smallest to the largest value and 0 spread over -128..127
};
template <>
inline constexpr auto kEnumNames<DynamicRange> =
    std::to_array<std::string_view>({"symmetric", "asymmetric"});

/// The integers between which a quantized output is clamped: those of its type, narrowed by the
/// activation's bounds in its own scale.
///
/// Source  TensorFlow Lite, CalculateActivationRangeQuantized
[[nodiscard]] fixed::Range clamp_range(Activation activation, const TensorType& output);

/// The integer nearest to `real` in a type's scale, half away from zero, not saturated.
[[nodiscard]] std::int32_t quantize(float real, float scale, std::int32_t zero_point);

}  // namespace slipway
