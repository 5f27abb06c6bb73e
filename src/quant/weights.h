#pragma once
// The weights and the bias of a layer as integers.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace slipway::quant {

struct QuantizedWeights {
  Tensor weights;              // i8, one scale or one per output, which are the last dimension
  std::optional<Tensor> bias;  // i32, in steps of x_scale * w_scale
};

/// Which of a layer's weights, in their order, are rounded to the integer that is not nearest: a
/// bit for each, eight in a byte, the lowest first; empty: none.
using Flips = std::vector<std::uint8_t>;

/// The integer on the other side of a weight than one next to it; the same where there is none.
[[nodiscard]] float other_side(float step, float integer);

/// The scales on both sides of a layer, and its own.
struct LayerScales {
  float x = 1;
  std::optional<float> y = {};      // none: it gives floats
  std::vector<float> weights = {};  // empty: those that fit; else they were found before
};

/// Signed bytes from -127 to 127 around 0. An output whose weights are all next to 0 gets a scale
/// that is not: a millionth of the largest. No scale is so small that the bias leaves 31 bits.
/// Where what the layer gives becomes bytes, each scale is of those parted from
/// ties (`parted_scales`) the one that rounds its weights best.
///
/// Errors  invalid_input: numbers that are not finite
Result<QuantizedWeights> quantize_weights(const Tensor& weights, const Tensor* bias,
                                          const LayerScales& around, bool per_tensor,
                                          const Flips& flips = {});

}  // namespace slipway::quant
