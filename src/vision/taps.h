#pragma once
// Which input positions make one output position, and with what weight: one axis of a resize.

#include <cstdint>
#include <span>
#include <vector>

#include "ir/recipe.h"

namespace slipway {

/// The output positions [begin, begin + count) of an axis of `in` positions made into `out`.
struct Axis {
  int in = 0;
  std::int64_t out = 0;
  std::int64_t begin = 0;
  int count = 0;

  [[nodiscard]] double step() const { return static_cast<double>(in) / static_cast<double>(out); }

  [[nodiscard]] bool unchanged() const { return in == out && begin == 0 && count == in; }
};

/// Weighted input positions of every output position: those of output i are
/// first[i], first[i] + 1, ... with the weights weight[start[i]] up to weight[start[i + 1]].
template <class W>
struct Taps {
  std::vector<int> first;
  std::vector<std::size_t> start = {0};
  std::vector<W> weight;

  [[nodiscard]] std::span<const W> weights(std::size_t i) const {
    return std::span(weight).subspan(start[i], start[i + 1] - start[i]);
  }
};

/// One input position for every output position: nearest, nearest_asymmetric.
[[nodiscard]] std::vector<int> nearest_taps(const Axis& axis, ResizeMethod method);

/// Two neighbours; their weights sum to 1. `area` gives the weights that OpenCV's INTER_AREA
/// enlarges with.
[[nodiscard]] Taps<float> linear_taps(const Axis& axis, ResizeMethod method);

/// The input positions that an output position covers, weighted by how much of each. Needs
/// axis.in >= axis.out.
[[nodiscard]] Taps<float> area_taps(const Axis& axis);

/// A triangle as wide as the step, in steps of 2^-kTriangleBits.
///
/// Source  Pillow 12, its resampling documentation; measured against it
[[nodiscard]] Taps<std::int32_t> triangle_taps(const Axis& axis);

inline constexpr int kTriangleBits = 22;

}  // namespace slipway
