#pragma once
// Pictures as the bytes of a file.

#include "base/bytes.h"
#include "base/result.h"
#include "vision/picture.h"

namespace slipway {

/// A PNG: 8-bit RGB, not interlaced.
///
/// Errors  invalid_input: a picture without pixels, or whose bytes are not as many as its size says
Result<Bytes> to_png(const Picture& picture);

/// A binary PPM (P6).
///
/// Errors  invalid_input: as to_png
Result<Bytes> to_ppm(const Picture& picture);

}  // namespace slipway
