#pragma once
// ONNX: docs/formats/onnx.md says which versions and operators.

#include "formats/format.h"

namespace slipway {

extern const Format onnx_format;

/// What the messages of a file may take in all.
inline constexpr std::size_t kMaxOnnxFile = 0x7FFFFFFF;

/// A graph as an ONNX file. Where that takes more than `limit` bytes, the weights lie in a second
/// file, which it calls `beside`.
///
/// Errors  those of Format::write
Result<ModelBytes> write_onnx(const Graph& graph, const std::string& beside,
                              std::size_t limit = kMaxOnnxFile);

}  // namespace slipway
