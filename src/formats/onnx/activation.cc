// Activations.

#include "formats/onnx/node.h"

namespace slipway::formats {

std::span<const OnnxRow> onnx_activation() { return {}; }

}  // namespace slipway::formats
