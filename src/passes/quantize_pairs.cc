#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// The op on integers, or nothing where there is none.
std::optional<AnyOp> on_integers(const AnyOp& op) {
  if (const auto* conv = op.as<ops::Conv>()) {
    auto changed = *conv;
    changed.rounding = Rounding::real_even;
    return AnyOp(changed);
  }
  if (const auto* dense = op.as<ops::FullyConnected>()) {
    auto changed = *dense;
    changed.rounding = Rounding::real_even;
    return AnyOp(changed);
  }
  if (const auto* add = op.as<ops::Add>()) {
    auto changed = *add;
    changed.rounding = Rounding::real_even;
    return AnyOp(changed);
  }
  return std::nullopt;
}

/// The integers that a float value stands for: what was dequantized, also through a transposition.
Result<ValueId> integers_of(Graph& graph, ValueId id) {
  if (!id.exists()) return kNoValue;
  const Node node = graph.node(id);
  const auto* dequantize = node.op.as<ops::Dequantize>();
  if (dequantize != nullptr && node.inputs.size() == 1 && graph.type(node.inputs[0]).quant)
    return node.inputs[0];
  if (!node.op.is<ops::Transpose>()) return kNoValue;
  const ValueId inner = SLIPWAY_TRY(integers_of(graph, node.inputs[0]));
  if (!inner.exists() || graph.type(inner).quant->axis >= 0) return kNoValue;
  return graph.add(node.op, {inner}, graph.value(id).name + "/integers");
}

}  // namespace

Result<bool> quantize_pairs(Graph& graph) {
  const Uses uses(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    const auto* quantize = node.op.as<ops::Quantize>();
    if (quantize == nullptr || !quantize->halves_to_even || !node.outputs[0].type.quant) continue;
    const ValueId y = node.inputs[0];
    const Node inner = graph.node(y);
    auto op = on_integers(inner.op);
    if (!op || uses.only_user(y) != n) continue;
    std::vector<ValueId> inputs;
    bool all = true;
    for (const auto id : inner.inputs) {
      const auto integers = SLIPWAY_TRY(integers_of(graph, id));
      all = all && (integers.exists() || !id.exists());
      inputs.push_back(integers);
    }
    if (!all) continue;
    Value out = node.outputs[0];
    const std::string name = out.name;
    out.name += "/integers";
    out.known.reset();
    // What the integer op does not take (other types, scales of a bias that do not fit) stays.
    const auto made = graph.add_typed(std::move(*op), std::move(inputs), {out});
    if (!made) continue;
    rewriter.replace_uses({n, 0}, (*made)[0]);
    graph.set_name({n, 0}, name + "/before");
    graph.set_name((*made)[0], name);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
