#include "formats/onnx/numbers.h"

#include <limits>

#include "ops/dtypes.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {

Tensor scalar(DType dtype, double value) {
  return visit(dtype, [&]<class T>(T) {
    using C = Compute<T>;
    if constexpr (std::is_integral_v<C>) {
      // From the file, perhaps: only what fits may be converted.
      if (!(value > static_cast<double>(std::numeric_limits<C>::min())))
        return Tensor::of<T>({}, {std::numeric_limits<T>::min()});
      if (value >= static_cast<double>(std::numeric_limits<C>::max()))
        return Tensor::of<T>({}, {std::numeric_limits<T>::max()});
    }
    return Tensor::of<T>({}, {static_cast<T>(static_cast<C>(value))});
  });
}

Result<ValueId> reshaped(OnnxNode& node, ValueId value, const std::vector<std::int64_t>& dims,
                         std::string_view purpose) {
  const auto shape = Tensor::of<std::int64_t>({static_cast<std::int64_t>(dims.size())}, dims);
  return node.helper(ops::Reshape{}, {value, node.constant("shape", shape)}, purpose);
}

}  // namespace slipway::formats
