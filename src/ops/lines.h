#pragma once
// Walking a tensor line by line along one of its axes.

#include "tensor/shape.h"

namespace slipway::ops {

/// A dense tensor as outer * length * inner elements, with the axis in the middle.
struct Lines {
  std::int64_t outer = 1;
  std::int64_t length = 1;
  std::int64_t inner = 1;

  Lines(const Shape& shape, std::size_t axis) : length(shape[axis]) {
    for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
    for (std::size_t i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }

  /// Calls line(index of its first element, number of the line) for each line; elements of one
  /// are `inner` apart.
  template <class Line>
  void each(Line line) const {
    if (length == 0) return;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t i = 0; i < inner; ++i) {
        line(static_cast<std::size_t>(o * length * inner + i),
             static_cast<std::size_t>(o * inner + i));
      }
    }
  }
};

}  // namespace slipway::ops
