#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/shape/space.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// The blocks of a SpaceToBatch or BatchToSpace, and what it pads or crops.
struct Blocks {
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> amounts;  // before, behind of each dimension
};

std::optional<Blocks> blocks_of(const Graph& graph, const Node& node) {
  const auto* size = graph.known(node.inputs[1]);
  const auto* amounts = graph.known(node.inputs[2]);
  if (size == nullptr || amounts == nullptr) return std::nullopt;
  auto a = to_integers(*size);
  auto b = to_integers(*amounts);
  if (!a || !b || b->size() != 2 * a->size()) return std::nullopt;
  return Blocks{*std::move(a), *std::move(b)};
}

/// The convolution in steps of the blocks; nothing where another is meant.
std::optional<ops::Conv> dilated(const Graph& graph, const Node& conv_node, const Blocks& apart,
                                 const Blocks& together) {
  const auto& conv = *conv_node.op.as<ops::Conv>();
  const auto spatial = apart.size.size();
  const auto& shape = graph.type(conv_node.inputs[0]).shape;
  const auto window = conv.window(shape, graph.type(conv_node.inputs[1]).shape);
  if (!window || apart.size != together.size || shape.rank() != spatial + 2) return std::nullopt;
  ops::Conv out = conv;
  out.padding = Padding::given;
  out.dilation = apart.size;
  out.pad_begin.assign(spatial, 0);
  out.pad_end.assign(spatial, 0);
  for (std::size_t i = 0; i < spatial; ++i) {
    const auto at = Window::kDims - spatial + i;
    const auto block = apart.size[i];
    if (window->stride[at] != 1 || window->dilation[at] != 1) return std::nullopt;
    out.pad_begin[i] = apart.amounts[2 * i] + block * window->pad[at] - together.amounts[2 * i];
    out.pad_end[i] =
        apart.amounts[2 * i + 1] + block * window->pad_end[at] - together.amounts[2 * i + 1];
    if (out.pad_begin[i] < 0 || out.pad_end[i] < 0) return std::nullopt;
  }
  return out;
}

}  // namespace

Result<bool> fold_dilations(Graph& graph) {
  const Uses uses(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    if (!node.op.is<ops::BatchToSpace>()) continue;
    const Node conv = graph.node(node.inputs[0]);
    if (!conv.op.is<ops::Conv>() || uses.only_user(node.inputs[0]) != n) continue;
    const Node& apart = graph.node(conv.inputs[0]);
    if (!apart.op.is<ops::SpaceToBatch>()) continue;
    const auto same = [&](const Node& mover) {
      return mover.outputs[0].type.quant == graph.type(mover.inputs[0]).quant;
    };
    const auto cut = blocks_of(graph, apart);
    const auto joined = blocks_of(graph, node);
    if (!cut || !joined || !same(node) || !same(apart)) continue;
    auto op = dilated(graph, conv, *cut, *joined);
    if (!op) continue;
    auto inputs = conv.inputs;
    inputs[0] = apart.inputs[0];
    Value out = node.outputs[0];
    out.name += "/dilated";
    const auto made = SLIPWAY_TRY(graph.add_typed(*std::move(op), std::move(inputs), {out}));
    rewriter.replace({n, 0}, made[0]);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
