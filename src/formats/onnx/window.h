#pragma once
// The attributes that convolutions and pools have in common.

#include "formats/onnx/node.h"
#include "ops/window.h"

namespace slipway::formats {

/// Fills in stride, dilation, pads and padding of `op` from the attributes of the same meaning, for
/// an input of this many spatial dimensions.
///
/// Errors  invalid_input: other than two pads per dimension; unsupported: another auto_pad
template <class Op>
Result<void> read_window(OnnxNode& node, std::size_t spatial, Op& op) {
  op.stride = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilation = SLIPWAY_TRY(node.integer_list("dilations"));
  const auto pads = SLIPWAY_TRY(node.integer_list("pads"));
  const auto mode = SLIPWAY_TRY(node.text("auto_pad", "NOTSET"));
  if (mode == "SAME_UPPER") op.padding = Padding::same_upper;
  if (mode == "SAME_LOWER") op.padding = Padding::same_lower;
  if (mode == "VALID") op.padding = Padding::valid;
  if (op.padding != Padding::given) return {};
  if (mode != "NOTSET" && !mode.empty()) return fail(Code::unsupported, "auto_pad '{}'", mode);
  if (pads.empty()) return {};
  if (pads.size() != 2 * spatial) {
    return fail(Code::invalid_input, "{} pads for {} spatial dimensions", pads.size(), spatial);
  }
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(spatial);
  op.pad_begin.assign(pads.begin(), middle);
  op.pad_end.assign(middle, pads.end());
  return {};
}

/// Spatial dimensions of a value of ONNX: all but batch and channels.
///
/// Errors  invalid_input: none
inline Result<std::size_t> spatial_of(const TensorType& x) {
  if (x.shape.rank() < 3)
    return fail(Code::invalid_input, "{} has no spatial dimension", x.shape.text());
  return x.shape.rank() - 2;
}

}  // namespace slipway::formats
