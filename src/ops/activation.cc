#include "ops/activation.h"

#include <cmath>
#include <limits>

namespace slipway {

RealRange range_of(Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case Activation::none:
      return {-kInfinity, kInfinity};
    case Activation::relu:
      return {0, kInfinity};
    case Activation::relu_n1_to_1:
      return {-1, 1};
    case Activation::relu6:
      return {0, 6};
  }
  return {-kInfinity, kInfinity};
}

std::int32_t quantize(float real, float scale, std::int32_t zero_point) {
  // Saturates where a tiny scale would leave the 32 bits.
  const float steps = std::round(real / scale);
  constexpr float kMost = 1e9F;
  const float held = !(steps > -kMost) ? -kMost : std::min(steps, kMost);
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(static_cast<std::int64_t>(held) + zero_point, INT32_MIN, INT32_MAX));
}

fixed::Range clamp_range(Activation activation, const TensorType& output) {
  fixed::Range range = fixed::range_of(output.dtype);
  const auto reals = range_of(activation);
  const float scale = output.quant->scale[0];
  const std::int32_t zero = output.quant->zero_point[0];
  if (std::isfinite(reals.low)) range.low = std::max(range.low, quantize(reals.low, scale, zero));
  if (std::isfinite(reals.high))
    range.high = std::min(range.high, quantize(reals.high, scale, zero));
  if (range.low > range.high)
    range.low = range.high;  // an output that cannot hold the range at all
  return range;
}

}  // namespace slipway
