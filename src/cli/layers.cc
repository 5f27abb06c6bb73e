#include "cli/layers.h"

#include <map>
#include <set>

namespace slipway::cli {
namespace {

std::int64_t bytes_of(const TensorType& type) { return type.is_known() ? type.bytes() : 0; }

/// Weights and biases are parameters; shapes, axes and indices are not.
bool is_parameter(const Graph& graph, ValueId id) {
  if (!id.exists() || !graph.node(id).op.is<Constant>()) return false;
  const auto& type = graph.type(id);
  return is_float(type.dtype) || type.quant.has_value();
}

bool is_layer(const Node& node) { return !node.op.is<Input>() && !node.op.is<Constant>(); }

}  // namespace

std::vector<Layer> layers_of(const Graph& graph) {
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    if (!is_layer(node)) continue;
    Layer layer;
    layer.node = {static_cast<std::int32_t>(i), 0};
    layer.name = node.outputs[0].name;
    layer.op = std::string(node.op.name());
    layer.output = node.outputs[0].type;
    layer.cost = cost_of(graph, node);
    for (const auto id : node.inputs) {
      if (!id.exists()) continue;
      const auto& type = graph.type(id);
      layer.bytes += bytes_of(type);
      if (!is_parameter(graph, id)) continue;
      layer.parameters += type.shape.elements();
      layer.parameter_bytes += type.bytes();
    }
    for (const auto& output : node.outputs) layer.bytes += bytes_of(output.type);
    layers.push_back(std::move(layer));
  }
  return layers;
}

Totals totals_of(const Graph& graph, const std::vector<Layer>& layers) {
  Totals totals;
  totals.layers = static_cast<std::int64_t>(layers.size());
  for (const auto& layer : layers) {
    totals.cost += layer.cost;
    totals.bytes += layer.bytes;
  }
  // The last node that reads each value; outputs of the graph live to the end.
  const auto nodes = graph.nodes();
  std::map<ValueId, std::size_t> last_use;
  std::set<ValueId> parameters;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const auto id : nodes[i].inputs) {
      if (!id.exists()) continue;
      last_use[id] = i;
      if (is_parameter(graph, id)) parameters.insert(id);
    }
  }
  for (const auto id : graph.outputs()) last_use[id] = nodes.size();
  for (const auto id : parameters) {
    totals.parameters += graph.type(id).shape.elements();
    totals.parameter_bytes += graph.type(id).bytes();
  }
  std::int64_t alive = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op.is<Constant>()) continue;
    for (const auto& output : nodes[i].outputs) alive += bytes_of(output.type);
    totals.peak_bytes = std::max(totals.peak_bytes, alive);
    const std::set<ValueId> read(nodes[i].inputs.begin(), nodes[i].inputs.end());
    for (const auto id : read) {
      if (id.exists() && !graph.node(id).op.is<Constant>() && last_use[id] == i)
        alive -= bytes_of(graph.type(id));
    }
  }
  return totals;
}

Json to_json(const Totals& totals) {
  Json out;
  out.set("layers", totals.layers);
  out.set("macs", totals.cost.macs);
  out.set("ops", totals.cost.ops);
  out.set("parameters", totals.parameters);
  out.set("parameter_bytes", totals.parameter_bytes);
  out.set("bytes", totals.bytes);
  out.set("peak_activation_bytes", totals.peak_bytes);
  out.set("intensity", intensity(totals.cost, totals.bytes));
  return out;
}

double intensity(const Cost& cost, std::int64_t bytes) {
  if (bytes == 0) return 0;
  return static_cast<double>(2 * cost.macs + cost.ops) / static_cast<double>(bytes);
}

}  // namespace slipway::cli
