// Linear algebra beside matrix products.

#include "formats/onnx/node.h"
#include "formats/onnx/numbers.h"
#include "ops/matmul/einsum.h"

namespace slipway::formats {
namespace {

Result<void> einsum(OnnxNode& node) {
  const auto equation = SLIPWAY_TRY(node.text("equation", ""));
  return node.emit(ops::Einsum{equation}, SLIPWAY_TRY(node.inputs()));
}

}  // namespace

std::span<const OnnxRow> onnx_linear() {
  static constexpr OnnxRow kRows[] = {
      {"Det", plain<ops::Det>},
      {"Einsum", einsum},
  };
  return kRows;
}

}  // namespace slipway::formats
