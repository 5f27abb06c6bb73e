#pragma once
// From a picture of classes, as people label pictures, to a class for every pixel.

#include "base/bytes.h"
#include "base/result.h"
#include "vision/segment.h"

namespace slipway {

/// A pixel that nobody labelled.
inline constexpr int kUnlabelled = 255;

/// A white pixel of a picture in colours: there is something, and what it is stands elsewhere.
inline constexpr int kSomething = 256;

/// The classes in a PNG. Of gray pixels and of those with a palette they are the numbers, 255 being
/// kUnlabelled. Otherwise they are the colours of class_color(), as PASCAL VOC has them, and white
/// is kSomething.
///
/// Errors  unsupported: no PNG, or one of 16 bits; invalid_input: a colour that no class has;
///         those of decode()
Result<Mask> decode_mask(BytesView bytes);

}  // namespace slipway
