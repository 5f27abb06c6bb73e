#include <algorithm>

#include "ir/rewrite.h"
#include "ops/quant/quantize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/squeeze.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// Whether every number of a list is `wanted`; a list that is left out has what it should.
bool all_are(const Graph& graph, const Node& node, std::size_t input, std::int64_t wanted) {
  if (input >= node.inputs.size() || !node.inputs[input].exists()) return true;
  const auto* known = graph.known(node.inputs[input]);
  if (known == nullptr) return false;
  const auto numbers = to_integers(*known);
  return numbers && std::ranges::all_of(*numbers, [&](auto number) { return number == wanted; });
}

bool is_reshape(const AnyOp& op) {
  return op.is<ops::Reshape>() || op.is<ops::Squeeze>() || op.is<ops::Unsqueeze>();
}

/// Whether a node whose type is that of its first input gives it back as it is.
bool changes_nothing(const Graph& graph, const Node& node) {
  const auto& op = node.op;
  if (is_reshape(op) || op.is<ops::Cast>() || op.is<ops::Reinterpret>() || op.is<ops::Expand>())
    return true;
  if (const auto* quantize = op.as<ops::Quantize>())
    return node.inputs.size() == 1 && quantize->bits == 0;
  if (op.is<ops::Concat>() || op.is<ops::Split>())
    return node.outputs.size() == 1 && (op.is<ops::Split>() || node.inputs.size() == 1);
  if (op.is<ops::Pad>()) return all_are(graph, node, 1, 0);
  if (op.is<ops::Slice>()) return all_are(graph, node, 4, 1);
  if (const auto* slice = op.as<ops::StridedSlice>())
    return slice->new_axis_mask == 0 && slice->shrink_axis_mask == 0 && all_are(graph, node, 3, 1);
  if (op.is<ops::Tile>()) return all_are(graph, node, 1, 1);
  return false;
}

/// The value that a chain of reshapes begins with, as far as scales stay as they are.
ValueId begin_of(const Graph& graph, ValueId id) {
  const auto keeps_scale = [&](const Node& node) {
    const auto& quant = node.outputs[0].type.quant;
    return quant == graph.type(node.inputs[0]).quant && !(quant && quant->per_axis());
  };
  while (is_reshape(graph.node(id).op) && keeps_scale(graph.node(id)))
    id = graph.node(id).inputs[0];
  return id;
}

class Drop {
 public:
  explicit Drop(Graph& graph) : graph_(graph), rewriter_(graph) {}

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) SLIPWAY_TRY(visit({n, 0}));
    if (changed_ || has_dead(graph_)) {
      SLIPWAY_TRY(rewriter_.finish());
      return true;
    }
    return false;
  }

 private:
  /// Nodes that no output needs, inputs aside.
  static bool has_dead(const Graph& graph) {
    std::vector<bool> needed(graph.nodes().size(), false);
    for (const auto id : graph.outputs()) needed[static_cast<std::size_t>(id.node)] = true;
    for (auto n = graph.nodes().size(); n-- > 0;) {
      const auto& node = graph.nodes()[n];
      if (node.op.is<Input>()) continue;
      if (!needed[n]) return true;
      for (const auto id : node.inputs)
        if (id.exists()) needed[static_cast<std::size_t>(id.node)] = true;
    }
    return false;
  }

  [[nodiscard]] bool is_output(ValueId id) const {
    return std::ranges::find(graph_.outputs(), id) != graph_.outputs().end();
  }

  /// An output keeps its name: what is an input, or has another name already, cannot be one.
  [[nodiscard]] bool can_be(ValueId id, ValueId x) const {
    return !is_output(id) || (!graph_.node(x).op.is<Input>() && !is_output(x));
  }

  Result<void> visit(ValueId id) {
    const Node node = graph_.node(id);
    if (node.inputs.empty() || !node.inputs[0].exists() || node.outputs.size() != 1) return {};
    const auto& type = node.outputs[0].type;
    const ValueId x = is_reshape(node.op) ? begin_of(graph_, id) : node.inputs[0];
    if (!type.is_known() || x == id) return {};
    if (graph_.type(x) == type && changes_nothing(graph_, node) && can_be(id, x)) {
      drop(id, x);
    } else if (is_reshape(node.op)) {
      return reshape(id, x);
    }
    return {};
  }

  void drop(ValueId id, ValueId x) {
    if (is_output(id)) {
      rewriter_.replace(id, x);
    } else {
      rewriter_.replace_uses(id, x);
    }
    changed_ = true;
  }

  /// A chain of reshapes as one, whose shape is a constant.
  Result<void> reshape(ValueId id, ValueId x) {
    const Node& node = graph_.node(id);
    const bool plain = node.op.is<ops::Reshape>() && node.inputs[0] == x &&
                       graph_.node(node.inputs[1]).op.is<Constant>();
    const auto& shape = node.outputs[0].type.shape;
    if (plain || (is_output(id) && graph_.type(x).shape == shape)) return {};
    const std::vector<std::int64_t> dims(shape.begin(), shape.end());
    const std::string& name = graph_.value(id).name;
    const auto wanted =
        rewriter_.add_constant(name + "/shape", Tensor::of<std::int64_t>({std::ssize(dims)}, dims));
    rewriter_.replace(id, SLIPWAY_TRY(rewriter_.add(ops::Reshape{}, {x, wanted}, name)));
    changed_ = true;
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  bool changed_ = false;
};

}  // namespace

Result<bool> drop_dead(Graph& graph) { return Drop(graph).run(); }

}  // namespace slipway::passes
