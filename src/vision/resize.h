#pragma once
// Pixels of one size from pixels of another, the way of each library whose results matter.

#include <cstdint>

#include "base/result.h"
#include "ir/recipe.h"
#include "vision/picture.h"

namespace slipway {

/// A picture's size; wide enough for a size that is planned but never made.
struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;

  bool operator==(const Size&) const = default;
};

/// A rectangle of a picture.
struct Window {
  std::int64_t left = 0;
  std::int64_t top = 0;
  int width = 0;
  int height = 0;
};

/// `picture` in another size. How near each method is to its model, on 8-bit RGB:
///   bilinear_antialias      Pillow 13 BILINEAR: equal in every bit (older ones: within 1
///                           where the height shrinks far more than the width)
///   nearest                 Pillow NEAREST: equal in every bit
///   nearest_asymmetric      OpenCV INTER_NEAREST: equal in every bit
///   area, bilinear          OpenCV INTER_AREA, INTER_LINEAR: within 1
///   bilinear_asymmetric, bilinear_align_corners   TFLite RESIZE_BILINEAR, rounded: within 1
///
/// Errors  invalid_input: a side that is not positive, or over kMaxPixels of them
Result<Picture> resize(const Picture& picture, int width, int height, ResizeMethod method);

/// The part `window` of what resize() to `whole` would give, without making the rest.
///
/// Errors  invalid_input: a side that is not positive, a window over kMaxPixels or outside `whole`
Result<Picture> resize_part(const Picture& picture, Size whole, const Window& window,
                            ResizeMethod method);

}  // namespace slipway
