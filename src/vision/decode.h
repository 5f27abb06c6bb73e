#pragma once
// Pictures from the bytes of a file, as Pillow decodes them.

#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "vision/picture.h"

namespace slipway {

/// The picture in a JPEG, PNG, BMP or PNM (P1 to P6) file. What it is decides its bytes, not its
/// name. Alpha is dropped, CMYK and gray become RGB, 16 bits become 8, the EXIF orientation of a
/// JPEG or PNG is applied. On ordinary files equal to Pillow's
/// `ImageOps.exif_transpose(image).convert("RGB")` in every bit.
///
/// Errors  invalid_input: empty, not a picture, a side over Picture::kMaxSide or over kMaxPixels;
///         unsupported: a picture in another format, or a rare form of a known one; the message
///         names it
///         corrupt: cut short or damaged
Result<Picture> decode(BytesView bytes);

/// decode() of a file, with the path in the trail.
///
/// Errors  as Files::read and decode
Result<Picture> read_picture(const Files& files, const std::string& path);

}  // namespace slipway
