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

namespace {

/// Values of a graph in a part of it; what is not there yet becomes an input or a constant.
class Copies {
 public:
  explicit Copies(const Graph& graph) : graph_(graph) {}

  Result<std::vector<ValueId>> add(const Node& node) {
    std::vector<ValueId> inputs;
    for (const auto id : node.inputs) inputs.push_back(id.exists() ? of(id) : kNoValue);
    return part.add_typed(node.op, std::move(inputs), node.outputs);
  }

  void set(ValueId id, ValueId copy) { copied_[id] = copy; }

  Graph part;

 private:
  ValueId of(ValueId id) {
    auto& copy = copied_[id];  // a value that is read twice is one input
    if (!copy.exists()) {
      const auto& [name, type, known] = graph_.value(id);
      copy = known ? part.add_constant(name, *known) : part.add_input(name, type);
    }
    return copy;
  }

  const Graph& graph_;
  std::map<ValueId, ValueId> copied_;
};

}  // namespace

Result<Graph> one_node(const Graph& graph, const Node& node) {
  Copies copies(graph);
  copies.part.set_outputs(SLIPWAY_TRY(copies.add(node)));
  return std::move(copies.part);
}

Result<Graph> part_of(const Graph& graph, std::span<const std::int32_t> nodes) {
  Copies copies(graph);
  std::vector<ValueId> outputs;
  for (const auto n : nodes) {
    outputs = SLIPWAY_TRY(copies.add(graph.nodes()[static_cast<std::size_t>(n)]));
    for (std::size_t i = 0; i < outputs.size(); ++i)
      copies.set({n, static_cast<std::int32_t>(i)}, outputs[i]);
  }
  copies.part.set_outputs(std::move(outputs));
  return std::move(copies.part);
}

}  // namespace slipway
