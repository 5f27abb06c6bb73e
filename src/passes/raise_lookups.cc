#include "ir/rewrite.h"
#include "ops/quant/lookup.h"
#include "ops/resize/resize.h"
#include "ops/shape/fill.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// Whether all elements of a node's output are elements of its first input.
bool repeats(const AnyOp& op) {
  const auto* resize = op.as<ops::Resize>();
  const bool nearest = resize != nullptr && resize->method == Interpolation::nearest &&
                       resize->coordinates != Coordinates::tf_crop_and_resize;
  return nearest || op.is<ops::Expand>() || op.is<ops::Tile>();
}

}  // namespace

Result<bool> raise_lookups(Graph& graph) {
  Rewriter rewriter(graph);
  const Uses uses(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node lookup = graph.nodes()[static_cast<std::size_t>(n)];
    if (!lookup.op.is<ops::Lookup>() || uses.only_user(lookup.inputs[0]) != n) continue;
    const Node repeat = graph.node(lookup.inputs[0]);
    if (!repeats(repeat.op) || repeat.outputs.size() != 1) continue;
    const auto& from = graph.type(repeat.inputs[0]);
    const auto& to = repeat.outputs[0].type;
    if (!from.is_known() || !to.is_known() || from.shape.elements() >= to.shape.elements())
      continue;
    const std::string name = lookup.outputs[0].name;
    auto inputs = repeat.inputs;
    inputs[0] = SLIPWAY_TRY(
        rewriter.add(lookup.op, {repeat.inputs[0], lookup.inputs[1]}, name + "/looked_up"));
    rewriter.replace({n, 0},
                     SLIPWAY_TRY(rewriter.add(repeat.op, std::move(inputs), name + "/repeated")));
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
