#include <algorithm>

#include "ir/rewrite.h"
#include "ops/pool/pool.h"
#include "ops/quant/quantize.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/pad.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// The integers of one scale that a value was dequantized from, or kNoValue.
ValueId integers_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  if (!node.op.is<ops::Dequantize>() || node.inputs.size() != 1) return kNoValue;
  const auto& quant = graph.type(node.inputs[0]).quant;
  return quant && !quant->per_axis() ? node.inputs[0] : kNoValue;
}

/// Whether a node's outputs hold elements of its first input (of all inputs of a Concat), and
/// zeros.
bool only_moves(const Graph& graph, const Node& node) {
  const auto& op = node.op;
  if (const auto* pool = op.as<ops::MaxPool>())
    return pool->activation == Activation::none && !pool->places;
  if (const auto* resize = op.as<ops::Resize>())
    return resize->method == Interpolation::nearest &&
           resize->coordinates != Coordinates::tf_crop_and_resize;
  if (op.is<ops::Pad>()) {
    if (node.inputs.size() < 3 || !node.inputs[2].exists()) return true;
    const auto* value = graph.known(node.inputs[2]);
    return value != nullptr && value->elements() == 1 && to_doubles(*value)[0] == 0;
  }
  return op.is<ops::Concat>() || op.is<ops::Split>() || op.is<ops::Slice>() ||
         op.is<ops::StridedSlice>() || op.is<ops::Gather>() || op.is<ops::Expand>() ||
         op.is<ops::Tile>() || op.is<ops::Reverse>() || op.is<ops::DepthToSpace>() ||
         op.is<ops::SpaceToDepth>();
}

class Move {
 public:
  explicit Move(Graph& graph) : graph_(graph), rewriter_(graph), uses_(graph) {}

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) {
      const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
      if (node.op.is<ops::Quantize>()) {
        SLIPWAY_TRY(raise(n, node));
      } else if (!node.inputs.empty() && only_moves(graph_, node)) {
        SLIPWAY_TRY(sink(n, node));
      }
    }
    if (changed_) SLIPWAY_TRY(rewriter_.finish());
    return changed_;
  }

 private:
  /// move(Dequantize(x)) becomes Dequantize(move(x)).
  Result<void> sink(std::int32_t n, const Node& node) {
    const std::size_t moved = node.op.is<ops::Concat>() ? node.inputs.size() : 1;
    std::vector<ValueId> inputs = node.inputs;
    for (std::size_t i = 0; i < moved; ++i) {
      inputs[i] = inputs[i].exists() ? integers_of(graph_, inputs[i]) : kNoValue;
      if (!inputs[i].exists()) return {};
      const auto& type = graph_.type(inputs[i]);
      const auto& first = graph_.type(inputs[0]);
      if (type.dtype != first.dtype || type.quant != first.quant) return {};
    }
    if (node.op.is<ops::Pad>() && inputs.size() > 2) inputs[2] = kNoValue;  // the zero point
    std::vector<Value> outputs = node.outputs;
    for (auto& out : outputs) {
      out.name += "/integers";
      out.type.dtype = graph_.type(inputs[0]).dtype;
      out.type.quant = graph_.type(inputs[0]).quant;
      out.known.reset();
    }
    const auto made = SLIPWAY_TRY(graph_.add_typed(node.op, std::move(inputs), std::move(outputs)));
    for (std::size_t slot = 0; slot < made.size(); ++slot) {
      const ValueId was{n, static_cast<std::int32_t>(slot)};
      const auto name = graph_.value(was).name + "/floats";
      rewriter_.replace(was, SLIPWAY_TRY(rewriter_.add(ops::Dequantize{}, {made[slot]}, name)));
    }
    changed_ = true;
    return {};
  }

  /// Quantize(Concat(Dequantize(x), …)) becomes Concat(Quantize(Dequantize(x)), …).
  Result<void> raise(std::int32_t n, const Node& node) {
    const ValueId y = node.inputs[0];
    const Node concat = graph_.node(y);
    const auto& quant = node.outputs[0].type.quant;
    const bool fits = concat.op.is<ops::Concat>() && node.inputs.size() == 1 && quant &&
                      !quant->per_axis() && uses_.only_user(y) == n &&
                      std::ranges::all_of(concat.inputs, [&](ValueId id) {
                        return integers_of(graph_, id).exists();
                      });
    if (!fits) return {};
    std::vector<ValueId> inputs;
    for (const auto id : concat.inputs) {
      Value part{graph_.value(id).name + "/bytes", node.outputs[0].type};
      part.type.shape = graph_.type(id).shape;
      inputs.push_back(SLIPWAY_TRY(graph_.add_typed(node.op, {id}, {std::move(part)}))[0]);
    }
    Value out = node.outputs[0];
    out.name += "/bytes";
    out.known.reset();
    const auto made = SLIPWAY_TRY(graph_.add_typed(concat.op, std::move(inputs), {out}));
    rewriter_.replace({n, 0}, made[0]);
    changed_ = true;
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  Uses uses_;
  bool changed_ = false;
};

}  // namespace

Result<bool> move_bytes(Graph& graph) {
  bool changed = false;
  while (SLIPWAY_TRY(Move(graph).run())) changed = true;
  return changed;
}

}  // namespace slipway::passes
