#pragma once
// A look at the messages of a file before they are parsed.

#include "base/bytes.h"
#include "base/result.h"

namespace slipway::formats {

/// How deep messages may lie in messages: a graph in a node in a graph takes three.
inline constexpr int kOnnxNesting = 100;

/// Messages of two bytes each become objects of a hundred and fifty, and their parser cannot stop
/// half way. False where the bytes break the rules of the format, which the parser says again.
///
/// Errors  unsupported: too deep, or too much
Result<bool> weigh_onnx(BytesView file);

}  // namespace slipway::formats
