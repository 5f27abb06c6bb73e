#include "ops/resize/sample.h"

#include <algorithm>
#include <cmath>

namespace slipway::ops {
namespace {

float half_pixel(float at, const Stretch& stretch) { return (at + 0.5F) / stretch.scale - 0.5F; }

float unlimited_place(std::int64_t i, const Stretch& stretch, Coordinates coordinates) {
  const auto at = static_cast<float>(i);
  const auto last = static_cast<float>(stretch.in - 1);
  switch (coordinates) {
    case Coordinates::asymmetric:
      return at / stretch.scale;
    case Coordinates::align_corners:
      return stretch.length == 1 ? 0 : at * last / (stretch.length - 1);
    case Coordinates::half_pixel:
      return half_pixel(at, stretch);
    case Coordinates::tf_half_pixel_for_nn:
      return (at + 0.5F) / stretch.scale;
    case Coordinates::pytorch_half_pixel:
      return stretch.length > 1 ? half_pixel(at, stretch) : 0;
    case Coordinates::half_pixel_symmetric: {
      const auto centre = static_cast<float>(stretch.in) / 2;
      const float adjustment = static_cast<float>(stretch.out) / stretch.length;
      return centre * (1 - adjustment) + half_pixel(at, stretch);
    }
    case Coordinates::tf_crop_and_resize: {
      const float part = (stretch.roi_end - stretch.roi_start) * last;
      const float inside = stretch.length == 1 ? part / 2 : at * part / (stretch.length - 1);
      return stretch.roi_start * last + inside;
    }
  }
  return 0;
}

double weight(double distance, const Resize& op) {
  if (op.method == Interpolation::cubic) return cubic_weight(distance, op.cubic_a);
  return std::max(0.0, 1 - std::abs(distance));
}

/// Divides by the sum, where there is one.
void normalise(Taps& taps) {
  double sum = 0;
  for (const auto& tap : taps) sum += tap.weight;
  if (sum == 0) return;
  for (auto& tap : taps) tap.weight /= sum;
}

}  // namespace

double cubic_weight(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

float place(std::int64_t i, const Stretch& stretch, Coordinates coordinates) {
  const float x = unlimited_place(i, stretch, coordinates);
  const auto far = 2 * static_cast<float>(stretch.in) + 8;
  return std::isnan(x) ? 0 : std::clamp(x, -far, far);
}

float rounded(float x, Nearest nearest, float scale) {
  switch (nearest) {
    case Nearest::floor:
      return std::floor(x);
    case Nearest::ceil:
      return std::ceil(x);
    case Nearest::round_prefer_floor:
      return std::ceil(x - 0.5F);
    case Nearest::round_prefer_ceil:
      return std::round(x);
    case Nearest::simple:
      return scale < 1 ? std::ceil(x) : std::floor(x);
  }
  return x;
}

bool extrapolates(std::int64_t i, const Stretch& stretch, const Resize& op) {
  if (op.coordinates != Coordinates::tf_crop_and_resize) return false;
  const float x = place(i, stretch, op.coordinates);
  return x < 0 || x > static_cast<float>(stretch.in - 1);
}

Taps taps_at(std::int64_t i, const Stretch& stretch, const Resize& op) {
  // To shrink without jagged edges, the weights reach over all elements that become one.
  const double squeeze = op.antialias ? std::min(1.0, static_cast<double>(stretch.scale)) : 1.0;
  const double reach = (op.method == Interpolation::linear ? 1 : 2) / squeeze;
  const double x = place(i, stretch, op.coordinates);
  Taps taps;
  const auto first = static_cast<std::int64_t>(std::floor(x - reach)) + 1;
  const auto last = static_cast<std::int64_t>(std::ceil(x + reach)) - 1;
  for (std::int64_t at = first; at <= last; ++at) {
    const bool outside = at < 0 || at >= stretch.in;
    if (outside && op.exclude_outside) continue;
    taps.push_back({std::clamp<std::int64_t>(at, 0, stretch.in - 1),
                    weight((static_cast<double>(at) - x) * squeeze, op)});
  }
  if (op.antialias || op.exclude_outside) normalise(taps);
  return taps;
}

Places nearest_of(const Stretch& stretch, const Resize& op) {
  Places from = places(stretch.out);
  for (auto& at : from) {
    const std::int64_t i = at;
    const float x = rounded(place(i, stretch, op.coordinates), op.nearest, stretch.scale);
    at = std::clamp<std::int64_t>(static_cast<std::int64_t>(x), 0, stretch.in - 1);
    if (extrapolates(i, stretch, op)) at = -1;
  }
  return from;
}

}  // namespace slipway::ops
