// Convolutions: filters come as (out, in, spatial…) and leave as (spatial…, in, out).

#include "formats/onnx/node.h"

namespace slipway::formats {

std::span<const OnnxRow> onnx_conv() { return {}; }

}  // namespace slipway::formats
