#include <algorithm>

#include "ir/rewrite.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// The integers that a value stands for, with the reshapes that lie between.
struct Source {
  ValueId integers = kNoValue;
  bool reshaped = false;
};

Source source_of(const Graph& graph, ValueId id) {
  Source source;
  while (graph.node(id).op.is<ops::Reshape>()) {
    id = graph.node(id).inputs[0];
    source.reshaped = true;
  }
  const auto& node = graph.node(id);
  if (node.op.is<ops::Dequantize>() && node.inputs.size() == 1) source.integers = node.inputs[0];
  return source;
}

}  // namespace

Result<bool> cancel_pairs(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    if (!node.op.is<ops::Quantize>() || node.inputs.size() != 1) continue;
    const bool is_output =
        std::ranges::find(graph.outputs(), ValueId{n, 0}) != graph.outputs().end();
    if (is_output) continue;  // it keeps its name, and stays a value of its own
    const auto source = source_of(graph, node.inputs[0]);
    if (!source.integers.exists()) continue;
    const auto& from = graph.type(source.integers);
    const auto& to = node.outputs[0].type;
    const bool one = from.quant && from.quant->axis < 0;
    if (!one || from.dtype != to.dtype || from.quant != to.quant || !to.shape.is_known()) continue;
    ValueId same = source.integers;
    const std::string name = node.outputs[0].name;
    if (source.reshaped) {
      const std::vector<std::int64_t> dims(to.shape.begin(), to.shape.end());
      const auto shape = rewriter.add_constant(name + "/shape",
                                               Tensor::of<std::int64_t>({std::ssize(dims)}, dims));
      same = SLIPWAY_TRY(rewriter.add(ops::Reshape{}, {same, shape}, name + "/reshaped"));
    }
    rewriter.replace_uses({n, 0}, same);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
