#include <algorithm>

#include "formats/openvino/node.h"

namespace slipway::formats {
namespace {

using Lists = std::span<std::span<const IrRow> (*const)()>;

IrConverter find_in(Lists lists, std::string_view type) {
  for (const auto list : lists) {
    for (const auto& row : list()) {
      if (row.type == type) return row.convert;
    }
  }
  return nullptr;
}

}  // namespace

IrConverter find_ir_converter(bool legacy, std::string_view type) {
  static constexpr std::span<const IrRow> (*kLegacy[])() = {ir_legacy_layers, ir_legacy_shape};
  static constexpr std::span<const IrRow> (*kLists[])() = {
      ir_activation, ir_conv, ir_detect, ir_elementwise, ir_index,
      ir_normalize,  ir_pool, ir_reduce, ir_resize,      ir_shape};
  // These take their weights as blobs in version 3, or do not exist there.
  const IrConverter found = legacy ? find_in(kLegacy, type) : nullptr;
  return found != nullptr ? found : find_in(kLists, type);
}

}  // namespace slipway::formats
