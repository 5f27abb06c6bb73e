#include "ir/dot.h"

#include <map>

#include <fmt/format.h>

namespace slipway {
namespace {

/// The text of a label in quotes; graphviz escapes like we do.
std::string label(const std::string& text) { return field::print(text); }

std::string short_type(const TensorType& type) {
  return fmt::format("{}{}", name_of(type.dtype), type.shape.text());
}

/// Soft colours that black text is read on, as many as one can still tell apart.
constexpr std::string_view kColors[] = {"#a6cee3", "#fdbf6f", "#b2df8a", "#fb9a99",
                                        "#cab2d6", "#ffff99", "#e5d8bd", "#ccebc5",
                                        "#fddaec", "#d9d9d9", "#8dd3c7", "#bebada"};

/// One colour per op, in the order in which they first appear: neighbours then differ.
std::map<std::string_view, std::string_view> colors_of(const Graph& graph) {
  std::map<std::string_view, std::string_view> out;
  for (const auto& node : graph.nodes()) {
    if (node.op.is<Constant>() || node.op.is<Input>()) continue;
    out.emplace(node.op.name(), kColors[out.size() % std::size(kColors)]);
  }
  return out;
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out =
      "digraph {\n  rankdir=TB; node [shape=box, style=\"rounded,filled\", fillcolor=white, "
      "fontname=sans, fontsize=10];\n"
      "  edge [fontname=sans, fontsize=8];\n";
  // Curves around a thousand boxes take minutes.
  constexpr std::size_t kMany = 500;
  if (graph.nodes().size() > kMany) out += "  splines=polyline; nslimit=4; mclimit=0.5;\n";
  const auto colors = colors_of(graph);
  const auto nodes = graph.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op.is<Constant>()) continue;
    const std::string title =
        nodes[i].op.is<Input>() ? nodes[i].outputs[0].name : std::string(nodes[i].op.name());
    const auto color = colors.find(nodes[i].op.name());
    out += fmt::format(
        "  n{} [label={}, tooltip={}{}];\n", i, label(title), label(nodes[i].outputs[0].name),
        color == colors.end() ? std::string() : fmt::format(", fillcolor=\"{}\"", color->second));
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
