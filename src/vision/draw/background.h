#pragma once
// What lies behind the sign: a street, leaves, a wall, or plain confusion.

#include <cstdint>

#include "base/random.h"
#include "vision/draw/shape.h"

namespace slipway::draw {

/// The side of a scene, in the units of its shapes, whatever the picture's size in pixels.
inline constexpr int kSide = 4096;

/// Layers that cover the whole scene.
[[nodiscard]] Drawing draw_background(Random& random);

/// A few small coloured shapes that are no signs, to be painted over a background.
void add_distractors(Drawing& drawing, Random& random);

/// Something between the camera and the sign: a branch, leaves or a post across `at`'s
/// neighbourhood, of about `reach`.
[[nodiscard]] Drawing draw_occluder(Random& random, Point at, int reach);

/// Noise that looks like earth, leaves or plaster: -255 to 255, smooth over 1/32 of the side.
[[nodiscard]] int grain(std::uint32_t seed, Point p);

}  // namespace slipway::draw
