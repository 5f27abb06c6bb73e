#include <algorithm>

#include "formats/openvino/node.h"

namespace slipway::formats {
namespace {

using Lists = std::span<std::span<const IrRow> (*const)()>;

constexpr std::span<const IrRow> (*kLegacy[])() = {ir_legacy_layers, ir_legacy_shape};
constexpr std::span<const IrRow> (*kLists[])() = {
    ir_activation, ir_conv, ir_detect, ir_elementwise, ir_index,
    ir_normalize,  ir_pool, ir_reduce, ir_resize,      ir_shape};

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
  // These take their weights as blobs in version 3, or do not exist there.
  const IrConverter found = legacy ? find_in(kLegacy, type) : nullptr;
  return found != nullptr ? found : find_in(kLists, type);
}

std::vector<std::string> ir_layer_types(bool legacy) {
  std::vector<std::string> types;
  const auto add = [&](Lists lists) {
    for (const auto list : lists) {
      for (const auto& row : list()) types.emplace_back(row.type);
    }
  };
  if (legacy) add(kLegacy);
  add(kLists);
  return types;
}

}  // namespace slipway::formats
