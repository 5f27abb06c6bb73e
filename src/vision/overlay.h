#pragma once
// Answers drawn into pictures, and sheets of many pictures.

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "vision/detect.h"
#include "vision/picture.h"
#include "vision/segment.h"

namespace slipway {

/// Draws each box with a line of 2 pixels and its label and score in percent, the weakest first so
/// that the strongest is on top. Boxes of a class have one colour.
void draw_boxes(Picture& picture, std::span<const Box> boxes);

/// Mixes the colours of the classes into the picture: `strength` 0 leaves it, 1 hides it. Class 0
/// (the background) and pixels that were not seen are left.
///
/// Errors  invalid_input: a mask of another size
Result<void> blend(Picture& picture, const Mask& mask, float strength);

/// Whether a caption's answer was right, where that is known.
enum class Verdict : std::uint8_t { unknown, right, wrong };

/// A picture of a sheet.
struct Tile {
  Picture picture;
  std::string caption;
  Verdict verdict = Verdict::unknown;
};

/// Pictures in rows, `columns` a row, each as large as fits into a square of `side` pixels, with
/// its caption under it: white, green where right, red where wrong.
///
/// Errors  invalid_input: no tile, a tile without pixels, a column or side that is not positive, or
///         a sheet too large for a Picture
Result<Picture> sheet(std::span<const Tile> tiles, int columns, int side);

}  // namespace slipway
