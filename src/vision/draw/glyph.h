#pragma once
// The few letters and digits that signs carry, as strokes.

#include <string_view>

#include "vision/draw/shape.h"

namespace slipway::draw {

/// A line of text: the centre of the whole, the letters' height, and half the stroke's width.
struct Lettering {
  Point center;
  int height = 0;
  int advance = 0;  // from one letter's centre to the next
  int half_width = 0;
};

/// Paints `text`, of the characters S T O P 0 3 5 8, on top of `drawing`.
void add_text(Drawing& drawing, std::string_view text, Lettering lettering, Color color);

}  // namespace slipway::draw
