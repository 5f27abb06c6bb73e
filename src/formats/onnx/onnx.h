#pragma once
// ONNX: docs/formats/onnx.md says which versions and operators.

#include "formats/format.h"

namespace slipway {

extern const Format onnx_format;

}  // namespace slipway
