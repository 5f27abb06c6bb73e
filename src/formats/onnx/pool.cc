// Pools.

#include "formats/onnx/node.h"

namespace slipway::formats {

std::span<const OnnxRow> onnx_pool() { return {}; }

}  // namespace slipway::formats
