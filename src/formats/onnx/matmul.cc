// Matrix products.

#include "formats/onnx/node.h"

namespace slipway::formats {

std::span<const OnnxRow> onnx_matmul() { return {}; }

}  // namespace slipway::formats
