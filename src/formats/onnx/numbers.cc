#include "formats/onnx/numbers.h"

#include "ops/dtypes.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {

Tensor scalar(DType dtype, double value) {
  return visit(dtype, [&]<class T>(T) {
    return Tensor::of<T>({}, std::vector<T>{static_cast<T>(static_cast<Compute<T>>(value))});
  });
}

Result<ValueId> reshaped(OnnxNode& node, ValueId value, const std::vector<std::int64_t>& dims,
                         std::string_view purpose) {
  const auto shape = Tensor::of<std::int64_t>({static_cast<std::int64_t>(dims.size())}, dims);
  return node.helper(ops::Reshape{}, {value, node.constant("shape", shape)}, purpose);
}

}  // namespace slipway::formats
