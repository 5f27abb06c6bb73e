#pragma once
// The formats behind decode(), one file each. Each gets bytes that begin like its format.

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "vision/picture.h"

namespace slipway {

/// Errors  of all: corrupt, unsupported, invalid_input as decode()
/// Source  ITU-T T.81; JFIF 1.02
Result<Picture> decode_jpeg(BytesView bytes);

/// Source  PNG, third edition (W3C 2025)
Result<Picture> decode_png(BytesView bytes);

/// Gray values, or the numbers of colours in the palette.
struct PngNumbers {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> values;  // rows from the top
};

/// The same without turning numbers into colours; gray of fewer than 8 bits stays as it is.
///
/// Errors  also unsupported: a PNG of colours without a palette, or of 16 bits
Result<PngNumbers> decode_png_numbers(BytesView bytes);

/// Source  BITMAPCOREHEADER, BITMAPINFOHEADER up to BITMAPV5HEADER (Windows GDI)
Result<Picture> decode_bmp(BytesView bytes);

/// Source  Netpbm: pbm(5), pgm(5), ppm(5)
Result<Picture> decode_pnm(BytesView bytes);

/// A picture's size, before anything is allocated for it.
///
/// Errors  corrupt: no pixels; invalid_input: over the limits of Picture
Result<void> check_size(std::int64_t width, std::int64_t height);

/// The orientation in EXIF data: 1 to 8, and 1 (upright) where there is none or it makes no sense.
/// `tiff` begins with the byte order mark.
int exif_orientation(BytesView tiff);

/// The picture turned upright from an EXIF orientation.
///
/// Source  Exif 2.32, tag 0x0112
[[nodiscard]] Picture upright(Picture picture, int orientation);

}  // namespace slipway
