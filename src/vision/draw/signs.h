#pragma once
// Pictures of traffic signs as a camera in the street might see them: any number, all different,
// each the same bytes on every machine, with the answer and where the sign is.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/random.h"
#include "vision/draw/scene.h"

namespace slipway::draw {

/// The names of the labels, label 0 first.
[[nodiscard]] std::span<const std::string_view> sign_names();

/// A scene with one sign. What is seen does not depend on the size, only how finely; the noise
/// does. Takes the same count of numbers from `random` for every size.
///
/// Shapes  size x size pixels
/// Needs   0 <= label < sign_names().size(), 16 <= size <= 1024
[[nodiscard]] Scene draw_sign(Random& random, int label, int size = 64);

/// Picture `index` of the endless series `seed`; the label is a part of the picture's chance. It
/// depends on nothing else, so any part of a series can be drawn at any time.
[[nodiscard]] Scene sign_scene(std::uint64_t seed, std::uint64_t index, int size = 64);

}  // namespace slipway::draw
