// Functions of elements: bytes by tables, floats by kernels.

#include "device/cpu/lower_lookups.h"
#include "device/cpu/rules.h"

namespace slipway::cpu {

Result<void> lower_elementwise(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  std::size_t known = 0;
  for (const auto id : node.inputs) known += !id.exists() || graph.known(id) != nullptr ? 1 : 0;
  if (known + 1 == node.inputs.size()) {
    auto done = lower_lookup(lowering, y);
    if (done || node.inputs.size() != 2) return done;
  }
  return lower_lookup2(lowering, y);
}

}  // namespace slipway::cpu
