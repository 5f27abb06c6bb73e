// The table of contents of what can be written.

#include <algorithm>

#include "formats/onnx/write.h"

namespace slipway::formats {

const OnnxWriteRow* find_onnx_write_row(std::string_view op) {
  for (const auto family :
       {onnx_write_conv(), onnx_write_detect(), onnx_write_elementwise(), onnx_write_index(),
        onnx_write_newer(), onnx_write_normalize(), onnx_write_pool(), onnx_write_quantize(),
        onnx_write_reduce(), onnx_write_regions(), onnx_write_shape(), onnx_write_slice(),
        onnx_write_ssd()}) {
    const auto found =
        std::find_if(family.begin(), family.end(), [&](const auto& row) { return row.op == op; });
    if (found != family.end()) return &*found;
  }
  return nullptr;
}

}  // namespace slipway::formats
