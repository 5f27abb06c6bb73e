#pragma once
// The sets of pictures that we can draw, as many of each as anybody wants.

#include <cstdint>
#include <span>
#include <string_view>

#include "vision/draw/scene.h"

namespace slipway::draw {

/// One set: a name, its labels, and a picture for every seed and index.
struct Set {
  std::string_view name;  // as in "zoo images signs"
  std::string_view summary;
  std::span<const std::string_view> (*labels)();

  /// Picture `index` of series `seed`, `size` x `size` pixels, 16 <= size <= 1024; depends on
  /// nothing else.
  Scene (*scene)(std::uint64_t seed, std::uint64_t index, int size);
};

[[nodiscard]] std::span<const Set> draw_sets();

/// nullptr where there is no set of that name.
[[nodiscard]] const Set* draw_set(std::string_view name);

}  // namespace slipway::draw
