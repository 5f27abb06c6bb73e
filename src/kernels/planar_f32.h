#pragma once
// 1x1 convolutions of few channels whose outputs are planes: channels first.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/isa.h"

namespace slipway::kernels {

/// No more input channels: those of some pixels lie in the first cache while they are read again
/// and again.
inline constexpr int kPlanarMostInputs = 64;

/// out[j * plane + i] = clamp(bias[j] + sum over k of x[i, k] * w[k, j], low, high)
///
/// x[i, k] is floats[i * stride + k], or bytes[i * stride + k] - zero: the scale of bytes belongs
/// into the weights. What is not a number passes through the clamp.
///
/// As in gemm_f32, variants with fused multiply-add begin with the bias and add products in the
/// order of k, each with one rounding: all of them give the same bits. The portable one rounds
/// products, too. With K = inputs both are within (K + 2) * 2^-23 * (|bias| + sum |x w|) of the
/// exact value.
struct PlanarF32 {
  const float* floats = nullptr;
  const std::uint8_t* bytes = nullptr;  // where there are no floats
  std::ptrdiff_t stride = 0;            // elements from one pixel to the next
  std::int32_t zero = 0;
  int inputs = 0;
  int outputs = 0;
  std::int64_t pixels = 0;
  const float* weights = nullptr;  // [inputs, outputs]
  const float* bias = nullptr;     // [outputs]
  float* out = nullptr;            // must not overlap the input
  std::ptrdiff_t plane = 0;        // floats from one output channel to the next
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  /// Whether it will be long until `out` is read: it may then pass by the caches.
  bool far = false;
};

struct PlanarF32Variant {
  Isa isa;
  void (*run)(const PlanarF32&);
};

/// All variants, the portable one first, as table.h says.
[[nodiscard]] std::span<const PlanarF32Variant> planar_f32_variants();

}  // namespace slipway::kernels
