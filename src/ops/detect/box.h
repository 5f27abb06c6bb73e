#pragma once
// Rectangles that overlap.

#include <algorithm>

namespace slipway::ops {

struct Box {
  float top;
  float left;
  float bottom;
  float right;
};

/// The common area over the area of both together; 0 if one of them is empty. Needs the corners in
/// order.
[[nodiscard]] inline float overlap(const Box& a, const Box& b) {
  const float a_area = (a.bottom - a.top) * (a.right - a.left);
  const float b_area = (b.bottom - b.top) * (b.right - b.left);
  if (a_area <= 0 || b_area <= 0) return 0;
  const float height = std::max(std::min(a.bottom, b.bottom) - std::max(a.top, b.top), 0.0F);
  const float width = std::max(std::min(a.right, b.right) - std::max(a.left, b.left), 0.0F);
  return height * width / (a_area + b_area - height * width);
}

}  // namespace slipway::ops
