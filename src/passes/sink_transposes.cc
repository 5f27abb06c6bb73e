#include <algorithm>
#include <numeric>

#include "ir/rewrite.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

using Perm = std::vector<std::int64_t>;

/// The permutation of a Transpose, counted from the front; an empty one stands for the reversed
/// order.
Perm perm_of(const ops::Transpose& op, std::size_t rank) {
  Perm perm = op.perm;
  if (perm.empty()) {
    perm.resize(rank);
    std::iota(perm.rbegin(), perm.rend(), 0);
  }
  for (auto& axis : perm)
    if (axis < 0) axis += static_cast<std::int64_t>(rank);
  return perm;
}

/// The permutation by which a value was transposed, or nothing.
std::optional<Perm> perm_of(const Graph& graph, ValueId id) {
  if (!id.exists()) return std::nullopt;
  const auto* transpose = graph.node(id).op.as<ops::Transpose>();
  if (transpose == nullptr) return std::nullopt;
  return perm_of(*transpose, graph.type(id).shape.rank());
}

bool is_identity(const Perm& perm) {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

/// Works on each element by itself, whatever its place.
bool is_unary(const Graph& graph, const Node& node) {
  if (node.inputs.size() != 1 || node.outputs.size() != 1) return false;
  const auto one_scale = [](const TensorType& type) { return !type.quant || type.quant->axis < 0; };
  if (!one_scale(node.outputs[0].type) || !one_scale(graph.type(node.inputs[0]))) return false;
  if (node.op.is<ops::Quantize>() || node.op.is<ops::Dequantize>()) return true;
  const auto name = node.op.name();
  constexpr std::string_view kUnary[] = {"Relu",      "Relu6",     "ReluN1To1", "Sigmoid", "Tanh",
                                         "HardSwish", "LeakyRelu", "Elu",       "Gelu",    "Abs",
                                         "Neg",       "Exp",       "Sqrt",      "Clip"};
  return std::find(std::begin(kUnary), std::end(kUnary), name) != std::end(kUnary);
}

/// One round; each change moves a transposition towards the outputs or drops one.
class Round {
 public:
  explicit Round(Graph& graph) : graph_(graph), rewriter_(graph) {}

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) SLIPWAY_TRY(visit(n));
    if (changed_) SLIPWAY_TRY(rewriter_.finish());
    return changed_;
  }

 private:
  Result<void> visit(std::int32_t n) {
    const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
    if (!keeps_scales(node)) return {};
    if (node.op.is<ops::Transpose>()) return meet(n, node);
    if (node.op.is<ops::ReduceMean>()) return reduce(n, node);
    if (is_unary(graph_, node) && graph_.node(node.inputs[0]).op.is<ops::Reshape>())
      return pass_reshape(n, node);
    if (is_unary(graph_, node)) return pass(n, node, {node.inputs[0]});
    if (node.op.is<ops::Add>() && node.inputs.size() == 2) return pass(n, node, node.inputs);
    return {};
  }

  /// Whether what moves elements around before a node leaves their scale alone: files may state
  /// another.
  [[nodiscard]] bool keeps_scales(const Node& node) const {
    const auto same = [&](const Node& mover) {
      return mover.outputs[0].type.quant == graph_.type(mover.inputs[0]).quant;
    };
    const auto moves = [](const Node& any) {
      return any.op.is<ops::Transpose>() || any.op.is<ops::Reshape>();
    };
    if (moves(node) && !same(node)) return false;
    return std::ranges::all_of(node.inputs, [&](ValueId id) {
      return !id.exists() || !moves(graph_.node(id)) || same(graph_.node(id));
    });
  }

  /// Transpose(Transpose(x)): one of both permutations, or none.
  Result<void> meet(std::int32_t n, const Node& node) {
    if (moves_ones_only(n, node)) return reshape(n, node);
    const auto first = perm_of(graph_, node.inputs[0]);
    if (!first) return {};
    const Perm second = *perm_of(graph_, {n, 0});
    Perm both;
    for (const auto axis : second) both.push_back((*first)[static_cast<std::size_t>(axis)]);
    const ValueId x = graph_.node(node.inputs[0]).inputs[0];
    const bool is_output =
        std::ranges::find(graph_.outputs(), ValueId{n, 0}) != graph_.outputs().end();
    if (is_identity(both) && is_output) return {};  // keeps the name and the node
    if (is_identity(both)) {
      rewriter_.replace_uses({n, 0}, x);
    } else {
      graph_.replace_op({n, 0}, ops::Transpose{both});
      graph_.set_input({n, 0}, 0, x);
    }
    changed_ = true;
    return {};
  }

  /// Whether all dimensions but ones stay in their order: the elements do, too.
  [[nodiscard]] bool moves_ones_only(std::int32_t n, const Node& node) const {
    const auto& shape = graph_.type(node.inputs[0]).shape;
    const auto& type = graph_.type({n, 0});
    if (!shape.is_known() || (type.quant && type.quant->axis >= 0)) return false;
    const Perm perm = *perm_of(graph_, {n, 0});
    Perm kept;
    for (const auto axis : perm)
      if (shape[static_cast<std::size_t>(axis)] != 1) kept.push_back(axis);
    return std::ranges::is_sorted(kept);
  }

  Result<void> reshape(std::int32_t n, const Node& node) {
    const auto& shape = graph_.type({n, 0}).shape;
    const std::vector<std::int64_t> dims(shape.begin(), shape.end());
    const auto wanted = rewriter_.add_constant(graph_.value({n, 0}).name + "/shape",
                                               Tensor::of<std::int64_t>({std::ssize(dims)}, dims));
    const std::string name = graph_.value({n, 0}).name;
    const auto made =
        SLIPWAY_TRY(rewriter_.add(ops::Reshape{}, {node.inputs[0], wanted}, name + "/reshaped"));
    rewriter_.replace_uses({n, 0}, made);
    graph_.set_name({n, 0}, name + "/before");
    graph_.set_name(made, name);
    changed_ = true;
    return {};
  }

  /// f(Transpose(x), …) becomes Transpose(f(x, …)).
  Result<void> pass(std::int32_t n, const Node& node, std::vector<ValueId> inputs) {
    const auto perm = perm_of(graph_, inputs[0]);
    if (!perm) return {};
    const Perm& moved = *perm;
    for (auto& input : inputs) {
      if (perm_of(graph_, input) != moved) return {};
      if (graph_.type(input).shape != graph_.type(node.inputs[0]).shape) return {};  // broadcasts
      input = graph_.node(input).inputs[0];
    }
    Value out = node.outputs[0];
    const std::string name = out.name;
    out.name += "/moved";
    out.type.shape = graph_.type(inputs[0]).shape;
    out.known.reset();
    const auto made = SLIPWAY_TRY(graph_.add_typed(node.op, inputs, {out}));
    const auto back = SLIPWAY_TRY(rewriter_.add(ops::Transpose{moved}, {made[0]}, name + "/back"));
    rewriter_.replace_uses({n, 0}, back);
    graph_.set_name({n, 0}, name + "/before");
    graph_.set_name(back, name);
    changed_ = true;
    return {};
  }

  /// f(Reshape(x, shape)) becomes Reshape(f(x), shape).
  Result<void> pass_reshape(std::int32_t n, const Node& node) {
    const Node reshape = graph_.node(node.inputs[0]);
    Value out = node.outputs[0];
    const std::string name = out.name;
    out.name += "/moved";
    out.type.shape = graph_.type(reshape.inputs[0]).shape;
    out.known.reset();
    const auto made = SLIPWAY_TRY(graph_.add_typed(node.op, {reshape.inputs[0]}, {out}));
    const auto back =
        SLIPWAY_TRY(rewriter_.add(reshape.op, {made[0], reshape.inputs[1]}, name + "/back"));
    rewriter_.replace_uses({n, 0}, back);
    graph_.set_name({n, 0}, name + "/before");
    graph_.set_name(back, name);
    changed_ = true;
    return {};
  }

  /// A reduction whose other axes stay in their order needs no transposition before it.
  Result<void> reduce(std::int32_t n, const Node& node) {
    const auto perm = perm_of(graph_, node.inputs[0]);
    auto op = *node.op.as<ops::ReduceMean>();
    if (!perm || op.keep_dims || op.axes.empty()) return {};
    std::vector<bool> gone(perm->size(), false);
    for (auto& axis : op.axes) {
      if (axis < 0) axis += std::ssize(*perm);
      gone[static_cast<std::size_t>(axis)] = true;
      axis = (*perm)[static_cast<std::size_t>(axis)];
    }
    Perm kept;
    for (std::size_t i = 0; i < perm->size(); ++i)
      if (!gone[i]) kept.push_back((*perm)[i]);
    if (!std::ranges::is_sorted(kept)) return {};
    std::ranges::sort(op.axes);
    const ValueId x = graph_.node(node.inputs[0]).inputs[0];
    graph_.replace_op({n, 0}, op);
    graph_.set_input({n, 0}, 0, x);
    changed_ = true;
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  bool changed_ = false;
};

}  // namespace

Result<bool> sink_transposes(Graph& graph) {
  bool changed = false;
  while (SLIPWAY_TRY(Round(graph).run())) changed = true;
  return changed;
}

}  // namespace slipway::passes
