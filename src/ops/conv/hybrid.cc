#include "ops/conv/hybrid.h"

#include <algorithm>
#include <cmath>

#include "ops/quant/table.h"

namespace slipway::ops {
namespace {

/// Steps of 1/127 of the largest size. Returns the scale.
float quantize_symmetric(std::span<const float> x, std::span<std::int16_t> steps) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  const float range = std::max(std::abs(*low), std::abs(*high));
  if (range == 0) return 1;  // the steps are zeros
  const float inverse = 127 / range;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int32_t value = to_i32(std::round(x[i] * inverse));
    steps[i] = static_cast<std::int16_t>(std::clamp(value, -127, 127));
  }
  return range / 127;
}

/// Steps of 1/255 of the range, which includes 0, less the zero point. Returns the scale.
float quantize_asymmetric(std::span<const float> x, std::span<std::int16_t> steps) {
  const auto [least, most] = std::minmax_element(x.begin(), x.end());
  const auto low = static_cast<double>(std::min(0.0F, *least));
  const auto high = static_cast<double>(std::max(0.0F, *most));
  if (low == high) return 1;
  const double scale = (high - low) / 255;
  // The end that is nearer to zero places the zero point more exactly.
  const double from_low = -128 - low / scale;
  const double from_high = 127 - high / scale;
  const bool low_is_nearer = 128 + std::abs(low / scale) < 127 + std::abs(high / scale);
  const double real = std::clamp(low_is_nearer ? from_low : from_high, -128.0, 127.0);
  const auto zero = static_cast<std::int32_t>(std::isnan(real) ? 0.0 : std::round(real));
  const auto narrow_scale = static_cast<float>(scale);
  const float inverse = 1.0F / narrow_scale;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int32_t value = to_i32(std::round(static_cast<float>(zero) + x[i] * inverse));
    steps[i] = static_cast<std::int16_t>(std::clamp(value, -128, 127) - zero);
  }
  return narrow_scale;
}

}  // namespace

void run_hybrid(EvalIo& io, const ConvSum& sum, Activation activation, bool asymmetric) {
  const auto x = io.in<float>(0);
  const auto y = io.out<float>(0);
  const auto pictures = static_cast<std::size_t>(sum.batch());
  if (y.empty() || x.empty() || pictures == 0) return;
  const std::size_t length = x.size() / pictures;
  std::vector<std::int16_t> steps(x.size());
  std::vector<float> scales;
  for (std::size_t n = 0; n < pictures; ++n) {
    const auto picture = x.subspan(n * length, length);
    const auto out = std::span(steps).subspan(n * length, length);
    scales.push_back(asymmetric ? quantize_asymmetric(picture, out)
                                : quantize_symmetric(picture, out));
  }
  const auto& w_quant = *io.type(1).quant;
  const auto w = centred_weights(io.input(1));
  const auto bias = bias_sums<float>(io, 2, sum.outputs());
  const std::vector<std::int32_t> start(bias.size(), 0);
  const auto range = range_of(activation);
  const std::size_t per_picture = y.size() / pictures;
  sum.each_position<std::int32_t>(
      std::span<const std::int16_t>(steps), std::int16_t{0}, std::span<const std::int16_t>(w),
      std::span<const std::int32_t>(start),
      [&](std::span<const std::int32_t> sums, std::size_t index) {
        const float scale = scales[index / per_picture];
        for (std::size_t o = 0; o < sums.size(); ++o) {
          const float real = static_cast<float>(sums[o]) * w_quant.scale_at(o) * scale + bias[o];
          y[index + o] = std::min(std::max(real, range.low), range.high);
        }
      });
}

}  // namespace slipway::ops
