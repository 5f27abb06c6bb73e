#include <algorithm>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// What one run of the pass may spend: a network computes little from its weights, a file made by
/// an enemy much.
struct Budget {
  std::int64_t bytes = std::int64_t{1} << 28U;
  std::int64_t operations = std::int64_t{1} << 28U;
};

/// Weights that are stored as integers stay so: passes behind this one look for them.
bool holds_integers(const Graph& graph, const Node& node) {
  return node.op.is<ops::Dequantize>() && graph.type(node.inputs[0]).dtype != DType::f16;
}

/// The outputs of a node of known inputs; none where that would take too much.
Result<std::vector<Tensor>> computed(const Graph& graph, const Node& node, Budget& budget) {
  std::vector<std::optional<Tensor>> inputs;
  for (const auto id : node.inputs) {
    const Tensor* known = id.exists() ? graph.known(id) : nullptr;
    if (id.exists() && known == nullptr) return std::vector<Tensor>{};
    inputs.push_back(known == nullptr ? std::nullopt : std::optional(*known));
  }
  std::vector<TensorType> types;
  for (const auto& output : node.outputs) {
    if (!output.type.is_known() || output.type.bytes() > budget.bytes) return std::vector<Tensor>{};
    types.push_back(output.type);
  }
  const Cost cost = cost_of(graph, node);
  const bool affordable =
      cost.macs <= budget.operations && cost.ops <= budget.operations - cost.macs;
  if (inputs.empty() || !affordable) return std::vector<Tensor>{};
  budget.operations -= cost.macs + cost.ops;
  for (const auto& type : types) budget.bytes -= std::min(type.bytes(), budget.bytes);
  EvalIo io(inputs, types);
  if (io.has_work()) SLIPWAY_TRY(node.op.eval(io));
  return std::move(io).take();
}

/// The values of a node's outputs before running; none where only running will tell.
Result<std::vector<Tensor>> values_of(const Graph& graph, const Node& node, Budget& budget) {
  std::vector<Tensor> known;
  for (const auto& output : node.outputs)
    if (output.known) known.push_back(*output.known);
  if (known.size() == node.outputs.size()) return known;
  return computed(graph, node, budget);
}

/// Replaces the nodes that `wanted` says and that can be computed.
template <class Wanted>
Result<bool> fold(Graph& graph, Wanted wanted) {
  Rewriter rewriter(graph);
  Budget budget;
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    if (node.op.is<Constant>() || node.op.is<Input>() || !wanted(n, node)) continue;
    // What cannot be computed (an index outside of its tensor) fails when the network runs.
    const auto values = values_of(graph, node, budget);
    if (!values || values->empty()) continue;
    for (std::size_t slot = 0; slot < values->size(); ++slot) {
      const ValueId id{n, static_cast<std::int32_t>(slot)};
      rewriter.replace(id, rewriter.add_constant(graph.value(id).name, (*values)[slot]));
    }
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

/// Whether a layer multiplies integers that were dequantized, as `id` was.
bool multiplies_integers(const Graph& graph, const Node& node) {
  const bool is_layer = node.op.is<ops::Conv>() || node.op.is<ops::ConvTranspose>() ||
                        node.op.is<ops::FullyConnected>();
  if (!is_layer) return false;
  ValueId x = node.inputs[0];
  while (graph.node(x).op.is<ops::Reshape>() || graph.node(x).op.is<ops::Transpose>())
    x = graph.node(x).inputs[0];
  return graph.node(x).op.is<ops::Dequantize>();
}

}  // namespace

Result<bool> fold_constants(Graph& graph) {
  return fold(graph, [&](std::int32_t, const Node& node) { return !holds_integers(graph, node); });
}

Result<bool> fold_weights(Graph& graph) {
  std::vector<bool> kept(graph.nodes().size(), false);
  for (const auto& node : graph.nodes()) {
    if (!multiplies_integers(graph, node)) continue;
    for (const auto id : node.inputs)
      if (id.exists()) kept[static_cast<std::size_t>(id.node)] = true;
  }
  return fold(graph,
              [&](std::int32_t n, const Node&) { return !kept[static_cast<std::size_t>(n)]; });
}

}  // namespace slipway::passes
