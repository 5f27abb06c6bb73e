#pragma once
// Resize as TensorFlow Lite has it: each place of the output weighs its four neighbours.

#include <vector>

#include "ops/resize/resize.h"

namespace slipway::ops {

/// Between which two elements a place lies, and how far it is from the first.
template <class T>
struct Between {
  std::int64_t low;
  std::int64_t high;
  T distance;
};

/// Whether the op is one that TensorFlow Lite has, too; has_more: scales or a region are given.
[[nodiscard]] bool is_plain(const Resize& op, const TensorType& x, bool has_more);

/// The neighbours of each place of a dimension, for floats and for bytes computed in floats.
[[nodiscard]] std::vector<Between<float>> real_taps(std::int64_t in, std::int64_t out,
                                                    Coordinates coordinates);

/// The same with 10 bits behind the point, for the integer types.
[[nodiscard]] std::vector<Between<std::int64_t>> fixed_taps(std::int64_t in, std::int64_t out,
                                                            Coordinates coordinates);

}  // namespace slipway::ops
