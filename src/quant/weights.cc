#include "quant/weights.h"

#include <algorithm>
#include <cmath>

#include "quant/ties.h"

namespace slipway::quant {
namespace {

constexpr float kMost = 127;

/// The largest size of a weight of each output.
Result<std::vector<float>> sizes_of(const Tensor& weights, std::size_t outputs) {
  std::vector<float> sizes(outputs, 0);
  const auto values = weights.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) return fail(Code::invalid_input, "a weight is {}", values[i]);
    sizes[i % outputs] = std::max(sizes[i % outputs], std::abs(values[i]));
  }
  return sizes;
}

/// The least scale with which a bias is a number that the sum of many products still fits beside.
float floor_for(float bias, float x_scale) {
  constexpr double kMostSteps = 0x1p30;
  const double steps = std::abs(static_cast<double>(bias)) / static_cast<double>(x_scale);
  return static_cast<float>(steps / kMostSteps * (1 + 1e-6));
}

/// Parts scales from ties, each with the one of several that rounds its weights best.
void part(const Tensor& weights, float x_scale, float y_scale, std::vector<float>& scales) {
  std::vector<std::vector<float>> tried;
  std::vector<std::vector<double>> errors;
  for (const float scale : scales) {
    tried.push_back(parted_scales(scale, x_scale, y_scale));
    errors.emplace_back(tried.back().size(), 0);
  }
  const auto values = weights.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto o = i % scales.size();
    for (std::size_t k = 0; k < tried[o].size(); ++k) {
      const float rounded = std::nearbyint(values[i] / tried[o][k]) * tried[o][k];
      const auto error = static_cast<double>(values[i] - rounded);
      errors[o][k] += error * error;
    }
  }
  for (std::size_t o = 0; o < scales.size(); ++o)
    scales[o] =
        tried[o][static_cast<std::size_t>(std::ranges::min_element(errors[o]) - errors[o].begin())];
}

Tensor in_steps(const Tensor& bias, const std::vector<float>& w_scales, float x_scale) {
  Quantization quant;
  quant.axis = w_scales.size() == 1 ? Quantization::kPerTensor : 0;
  for (const float scale : w_scales) quant.scale.push_back(x_scale * scale);
  quant.zero_point.assign(quant.scale.size(), 0);
  TensorBuilder builder({DType::i32, bias.shape(), quant});
  const auto from = bias.values<float>();
  const auto to = builder.values<std::int32_t>();
  for (std::size_t o = 0; o < to.size(); ++o) {
    const double steps = static_cast<double>(from[o]) / static_cast<double>(quant.scale_at(o));
    to[o] = static_cast<std::int32_t>(std::clamp(std::nearbyint(steps), -0x1p30, 0x1p30));
  }
  return std::move(builder).build();
}

}  // namespace

float other_side(float step, float integer) {
  const float other = step > integer ? integer + 1 : integer - 1;
  return std::abs(other) > kMost || step == integer ? integer : other;
}

Result<QuantizedWeights> quantize_weights(const Tensor& weights, const Tensor* bias,
                                          const LayerScales& around, bool per_tensor,
                                          const Flips& flips) {
  constexpr float kDead = 1e-6F;    // of the largest size
  constexpr float kLeast = 1e-20F;  // of a scale: products of two are numbers
  const auto rank = weights.shape().rank();
  const auto outputs = static_cast<std::size_t>(weights.shape()[rank - 1]);
  auto sizes = SLIPWAY_TRY(sizes_of(weights, outputs));
  const float largest = *std::ranges::max_element(sizes);
  if (per_tensor) std::ranges::fill(sizes, largest);
  std::vector<float> scales;
  for (std::size_t o = 0; o < outputs; ++o) {
    float scale = std::max({sizes[o], largest * kDead, kLeast * kMost}) / kMost;
    if (bias != nullptr) {
      const float number = bias->values<float>()[o];
      if (!std::isfinite(number)) return fail(Code::invalid_input, "a bias is {}", number);
      scale = std::max(scale, floor_for(number, around.x));
    }
    scales.push_back(scale);
  }
  if (per_tensor) scales = {*std::ranges::max_element(scales)};
  for (std::size_t i = 0; i < around.weights.size(); ++i)
    scales[i] = std::max(scales[i], around.weights[i]);
  if (around.weights.empty() && around.y) part(weights, around.x, *around.y, scales);

  Quantization quant{scales, std::vector<std::int32_t>(scales.size(), 0),
                     per_tensor ? Quantization::kPerTensor : static_cast<int>(rank) - 1};
  TensorBuilder builder({DType::i8, weights.shape(), quant});
  const auto from = weights.values<float>();
  const auto to = builder.values<std::int8_t>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    const float steps = from[i] / quant.scale_at(i % outputs);
    const float nearest = std::clamp(std::nearbyint(steps), -kMost, kMost);
    const bool flipped = !flips.empty() && (flips[i / 8] >> (i % 8) & 1U) != 0;
    to[i] = static_cast<std::int8_t>(flipped ? other_side(steps, nearest) : nearest);
  }
  QuantizedWeights out{std::move(builder).build(), std::nullopt};
  if (bias != nullptr) out.bias = in_steps(*bias, scales, around.x);
  return out;
}

}  // namespace slipway::quant
