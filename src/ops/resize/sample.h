#pragma once
// Along one dimension: which places of an input a place of the output looks at.

#include <cstdint>
#include <vector>

#include "ops/resize/resize.h"
#include "ops/shape/move.h"

namespace slipway::ops {

/// One dimension that is resized.
struct Stretch {
  std::int64_t in = 1;
  std::int64_t out = 1;
  float scale = 1;   // output places per input place, as the coordinates see it
  float length = 1;  // in * scale, which `out` is rounded from
  float roi_start = 0;
  float roi_end = 1;
};

/// The place of the input that place `i` of the output looks at, between the elements or outside.
/// Far outside it is brought nearer, and what is no number becomes 0.
///
/// In f32, as everybody computes it: the last bits decide which element is the nearest.
[[nodiscard]] float place(std::int64_t i, const Stretch& stretch, Coordinates coordinates);

/// x brought to a whole number.
[[nodiscard]] float rounded(float x, Nearest nearest, float scale);

/// What one place of the output is made of: elements and their weights.
struct Tap {
  std::int64_t at;
  double weight;
};

using Taps = std::vector<Tap>;

/// The weight of an element at a distance of up to 2: two pieces of third degree (Keys 1981).
[[nodiscard]] double cubic_weight(double distance, double a);

/// For place `i` of the output, the elements and weights of linear or cubic interpolation.
[[nodiscard]] Taps taps_at(std::int64_t i, const Stretch& stretch, const Resize& op);

/// For each place of the output, the nearest element, or -1 where the op extrapolates.
[[nodiscard]] Places nearest_of(const Stretch& stretch, const Resize& op);

/// Whether place `i` lies outside of the input and the op has a value for that.
[[nodiscard]] bool extrapolates(std::int64_t i, const Stretch& stretch, const Resize& op);

}  // namespace slipway::ops
