#pragma once
// What a camera and the light do to a scene: exposure, a cast of colour, a shadow, blur and noise.

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "vision/draw/shape.h"

namespace slipway::draw {

/// A picture before it is rounded: red, green, blue in 0..255 * kFine.
struct Canvas {
  static constexpr int kFine = 16;

  int width = 0;
  int height = 0;
  std::vector<int> rgb;  // width * height * 3

  Canvas(int w, int h)
      : width(w),
        height(h),
        rgb(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * 3, 0) {}

  [[nodiscard]] std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
            static_cast<std::size_t>(x)) *
           3;
  }
};

/// One exposure. Lengths are in units of a scene (background.h), so that they follow its size.
struct Camera {
  std::array<int, 3> gain = {256, 256, 256};  // of red, green, blue, in 1/256
  int haze = 0;                               // how far everything moves towards grey, in 1/256
  int light_x = 0;                            // gain at the right less gain at the left, in 1/256
  int light_y = 0;                            // and at the bottom less at the top
  Point shadow_from = {0, 0};                 // the line right of which a shadow falls,
  Point shadow_to = {0, 0};                   // no shadow where both are equal
  int shadow = 256;                           // gain in the shadow, in 1/256
  int blur = 0;                               // half the width of a box
  Point motion = {0, 0};                      // from the exposure's start to its end
  int noise = 0;                              // largest deviation, in 1/16 of a step of 0..255
  std::uint64_t noise_seed = 0;
};

/// A camera by chance: mostly a good one, sometimes at dusk, out of focus or moving.
[[nodiscard]] Camera draw_camera(Random& random);

/// The picture of `canvas` that the camera takes.
[[nodiscard]] Picture take(const Camera& camera, const Canvas& canvas);

}  // namespace slipway::draw
