#pragma once
// A small built-in font for captions: printable ASCII, 5 x 7 pixels a letter.

#include <string>
#include <string_view>

#include "vision/picture.h"

namespace slipway {

inline constexpr int kLetterWidth = 5;
inline constexpr int kLetterHeight = 7;
inline constexpr int kLetterStep = kLetterWidth + 1;

/// Letters in a UTF-8 text; one that the font lacks counts as the one "?" that is drawn for it.
[[nodiscard]] int letters_in(std::string_view text);

/// The width of a line of text in pixels, each pixel of the font being `scale` wide.
[[nodiscard]] int text_width(std::string_view text, int scale);

/// `text` or, where it is wider than `width` pixels, as much of it as fits, with ".." at its end.
[[nodiscard]] std::string fitted(std::string_view text, int width, int scale);

/// Draws one line of text, its top left at x, y; what lies outside the picture is left out.
void draw_text(Picture& picture, int x, int y, std::string_view text, Picture::Color color,
               int scale);

}  // namespace slipway
