#include "device/part.h"

#include <map>

namespace slipway {

Result<void> check_accepted(const Device& device, const Graph& part) {
  for (const auto& node : part.nodes()) {
    if (node.op.is<Input>() || node.op.is<Constant>()) continue;
    if (const auto reason = device.refuses(part, node)) {
      return fail(Code::unsupported, "{} cannot run {} '{}': {}", device.name(), node.op.name(),
                  node.outputs[0].name, *reason);
    }
  }
  return {};
}

Result<Graph> one_node(const Graph& graph, const Node& node) {
  Graph part;
  std::map<ValueId, ValueId> copied;  // a value that is read twice is one input
  std::vector<ValueId> inputs;
  for (const auto id : node.inputs) {
    if (!id.exists()) {
      inputs.push_back(kNoValue);
      continue;
    }
    auto& copy = copied[id];
    if (!copy.exists()) {
      const auto& [name, type, known] = graph.value(id);
      copy = known ? part.add_constant(name, *known) : part.add_input(name, type);
    }
    inputs.push_back(copy);
  }
  part.set_outputs(SLIPWAY_TRY(part.add_typed(node.op, std::move(inputs), node.outputs)));
  return part;
}

}  // namespace slipway
