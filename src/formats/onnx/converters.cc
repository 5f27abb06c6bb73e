// The table of contents of the operators: which file turns which operator into nodes.

#include <algorithm>

#include "formats/onnx/node.h"

namespace slipway::formats {

std::span<const OnnxRow> onnx_converters() {
  static const std::vector<OnnxRow> kAll = [] {
    std::vector<OnnxRow> all;
    for (const auto family :
         {onnx_activation(), onnx_basic(), onnx_conv(), onnx_detect(), onnx_elementwise(),
          onnx_index(), onnx_linear(), onnx_loss(), onnx_matmul(), onnx_normalize(), onnx_pool(),
          onnx_quantize(), onnx_reduce(), onnx_resize(), onnx_shape()})
      all.insert(all.end(), family.begin(), family.end());
    std::sort(all.begin(), all.end(), [](const OnnxRow& a, const OnnxRow& b) {
      return std::tie(a.domain, a.name) < std::tie(b.domain, b.name);
    });
    return all;
  }();
  return kAll;
}

OnnxConverter find_onnx_converter(std::string_view domain, std::string_view name) {
  if (domain == "ai.onnx") domain = "";
  const auto rows = onnx_converters();
  const auto found = std::lower_bound(
      rows.begin(), rows.end(), std::tie(domain, name),
      [](const OnnxRow& row, const auto& key) { return std::tie(row.domain, row.name) < key; });
  const bool is_it = found != rows.end() && found->domain == domain && found->name == name;
  return is_it ? found->convert : nullptr;
}

}  // namespace slipway::formats
