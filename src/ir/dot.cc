#include "ir/dot.h"

#include <fmt/format.h>

namespace slipway {
namespace {

/// The text of a label in quotes; graphviz escapes like we do.
std::string label(const std::string& text) { return field::print(text); }

std::string short_type(const TensorType& type) {
  return fmt::format("{}{}", name_of(type.dtype), type.shape.text());
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out =
      "digraph {\n  rankdir=TB; node [shape=box, style=rounded, fontname=sans, fontsize=10];\n"
      "  edge [fontname=sans, fontsize=8];\n";
  const auto nodes = graph.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op.is<Constant>()) continue;
    const std::string title =
        nodes[i].op.is<Input>() ? nodes[i].outputs[0].name : std::string(nodes[i].op.name());
    out += fmt::format("  n{} [label={}, tooltip={}];\n", i, label(title),
                       label(nodes[i].outputs[0].name));
    for (const auto id : nodes[i].inputs) {
      if (!id.exists() || graph.node(id).op.is<Constant>()) continue;
      out +=
          fmt::format("  n{} -> n{} [label={}];\n", id.node, i, label(short_type(graph.type(id))));
    }
  }
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    const auto id = graph.outputs()[i];
    out += fmt::format("  o{0} [label={1}, shape=plaintext];\n  n{2} -> o{0} [label={3}];\n", i,
                       label(graph.value(id).name), id.node, label(short_type(graph.type(id))));
  }
  return out + "}\n";
}

}  // namespace slipway
