#include "ir/verify.h"

#include <set>

namespace slipway {
namespace {

Result<void> check_id(const Graph& graph, ValueId id, std::size_t before) {
  if (id.node < 0 || static_cast<std::size_t>(id.node) >= before || id.slot < 0 ||
      static_cast<std::size_t>(id.slot) >= graph.node(id).outputs.size()) {
    return fail(Code::invalid_input, "value {}:{} does not stand before its user", id.node,
                id.slot);
  }
  return {};
}

bool agree(const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) return false;
  for (std::size_t i = 0; i < a.rank(); ++i) {
    if (a[i] != b[i] && a[i] != Shape::kUnknown && b[i] != Shape::kUnknown) return false;
  }
  return true;
}

Result<void> check_types(const Graph& graph, const Node& node) {
  for (const auto& output : node.outputs) {
    if (output.type.quant)
      SLIPWAY_TRY(check(*output.type.quant, output.type.dtype, output.type.shape));
  }
  if (node.op.is<Input>()) return {};
  const auto inferred = SLIPWAY_TRY(infer_types(graph, node.op, node.inputs));
  if (inferred.size() != node.outputs.size()) {
    return fail(Code::invalid_input, "{} outputs instead of {}", node.outputs.size(),
                inferred.size());
  }
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    const auto& is = node.outputs[i].type;
    const auto& should = inferred[i].type;
    if (is.dtype != should.dtype || !agree(is.shape, should.shape)) {
      return fail(Code::invalid_input, "output {} is {}, its op gives {}", i, is.text(),
                  should.text());
    }
  }
  return {};
}

}  // namespace

Result<void> verify(const Graph& graph) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (node.outputs.empty()) return fail(Code::invalid_input, "node {} has no output", i);
    const std::string& title = node.outputs[0].name;
    for (const auto& output : node.outputs) {
      if (!names.insert(output.name).second) {
        return fail(Code::invalid_input, "two values are named '{}'", output.name);
      }
    }
    for (const auto id : node.inputs) {
      if (id.exists()) SLIPWAY_TRY(check_id(graph, id, i).during("{} '{}'", node.op.name(), title));
    }
    SLIPWAY_TRY(check_types(graph, node).during("{} '{}'", node.op.name(), title));
  }
  for (const auto id : graph.inputs()) {
    SLIPWAY_TRY(check_id(graph, id, graph.nodes().size()).during("the graph's inputs"));
    if (!graph.node(id).op.is<Input>())
      return fail(Code::invalid_input, "'{}' is no input", graph.value(id).name);
  }
  if (graph.outputs().empty()) return fail(Code::invalid_input, "the graph has no output");
  for (const auto id : graph.outputs()) {
    SLIPWAY_TRY(check_id(graph, id, graph.nodes().size()).during("the graph's outputs"));
  }
  return {};
}

}  // namespace slipway
