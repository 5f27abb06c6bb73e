#include "vision/draw/list.h"

#include "vision/draw/signs.h"

namespace slipway::draw {

/// A new set is one line here.
std::span<const Set> draw_sets() {
  static constexpr Set kSets[] = {
      {"signs", "traffic signs in streets, leaves, walls and clutter", sign_names, sign_scene},
  };
  return kSets;
}

const Set* draw_set(std::string_view name) {
  for (const Set& set : draw_sets()) {
    if (set.name == name) return &set;
  }
  return nullptr;
}

}  // namespace slipway::draw
