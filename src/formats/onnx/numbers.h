#pragma once
// Small things that converters of several families make.

#include <vector>

#include "formats/onnx/node.h"

namespace slipway::formats {

/// One number, as an element of any type; whole numbers saturate.
[[nodiscard]] Tensor scalar(DType dtype, double value);

/// The value under another shape; at most one dimension may be -1.
Result<ValueId> reshaped(OnnxNode& node, ValueId value, const std::vector<std::int64_t>& dims,
                         std::string_view purpose);

/// An operator that is one op without fields. Versions before 6 say which inputs may be written
/// over, which makes no difference.
template <class Op>
Result<void> plain(OnnxNode& node) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  return node.emit(Op{}, SLIPWAY_TRY(node.inputs()));
}

}  // namespace slipway::formats
