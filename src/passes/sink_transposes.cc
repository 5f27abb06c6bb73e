#include <algorithm>
#include <map>

#include "ir/rewrite.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"
#include "passes/turn.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// One round. Transpositions that move channels to the end go up, to where they meet what moved
/// them to the front, or to the inputs; all others go down. Each change moves one in its direction
/// or drops one, so that rounds end.
class Round {
 public:
  explicit Round(Graph& graph) : graph_(graph), rewriter_(graph) {}

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) SLIPWAY_TRY(visit(n));
    const Uses uses(graph_);
    for (std::int32_t n = count; n-- > 0;) SLIPWAY_TRY(raise({n, 0}, uses));
    if (changed_ || left_over_) SLIPWAY_TRY(rewriter_.finish());
    return changed_;
  }

 private:
  Result<void> visit(std::int32_t n) {
    const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
    if (node.op.is<ops::Transpose>()) return meet({n, 0}, node);
    if (node.inputs.size() == 1 && works_on_elements(graph_, node) &&
        graph_.node(node.inputs[0]).op.is<ops::Reshape>())
      return pass_reshape(n, node);
    if (const auto perm = node.inputs.empty() ? std::nullopt : perm_of(graph_, node.inputs[0])) {
      if (const auto reduction = reduction_of(graph_, node, *perm))
        return reduce(n, node, *reduction);
    }
    return sink(n, node);
  }

  [[nodiscard]] bool is_output(ValueId id) const {
    return std::ranges::find(graph_.outputs(), id) != graph_.outputs().end();
  }

  // --- transpositions that meet ------------------------------------------------------------------

  /// Transpose(Transpose(x)): one of both permutations, or none.
  Result<void> meet(ValueId id, const Node& node) {
    const auto second = perm_of(graph_, id);
    if (!second) return {};
    if (moves_ones_only(graph_.type(node.inputs[0]).shape, *second)) return reshape(id, node);
    const auto twin = twins_.emplace(std::pair(node.inputs[0], *second), id);
    if (!twin.second && !is_output(id)) {
      rewriter_.replace_uses(id, twin.first->second);
      changed_ = true;
      return {};
    }
    const auto first = perm_of(graph_, node.inputs[0]);
    if (!first) return {};
    Perm both;
    for (const auto axis : *second) both.push_back((*first)[static_cast<std::size_t>(axis)]);
    const ValueId x = graph_.node(node.inputs[0]).inputs[0];
    if (is_identity(both) && is_output(id)) return {};  // keeps the name and the node
    if (is_identity(both)) {
      rewriter_.replace_uses(id, x);
    } else {
      graph_.replace_op(id, ops::Transpose{both});
      graph_.set_input(id, 0, x);
    }
    changed_ = true;
    return {};
  }

  Result<void> reshape(ValueId id, const Node& node) {
    rewriter_.replace(
        id, SLIPWAY_TRY(reshaped(graph_, rewriter_, node.inputs[0], graph_.type(id).shape)));
    changed_ = true;
    return {};
  }

  // --- down --------------------------------------------------------------------------------------

  /// f(Transpose(x), …) becomes Transpose(f(x, …)).
  Result<void> sink(std::int32_t n, const Node& node) {
    for (const auto input : node.inputs) {
      const auto perm = perm_of(graph_, input);
      if (!perm || is_identity(*perm)) continue;
      const auto turn = turn_of(graph_, node, inverse(*perm));
      if (!turn || !should_sink(node, *turn, *perm)) continue;
      const auto made = SLIPWAY_TRY(rebuild(node, *turn, inverse(*perm)));
      if (made.empty()) continue;
      for (std::size_t slot = 0; slot < made.size(); ++slot) {
        const ValueId was{n, static_cast<std::int32_t>(slot)};
        const auto name = graph_.value(was).name + "/back";
        rewriter_.replace(was,
                          SLIPWAY_TRY(rewriter_.add(ops::Transpose{*perm}, {made[slot]}, name)));
      }
      changed_ = true;
      return {};
    }
    return {};
  }

  /// Down as long as no more is transposed than before; where channels move to the front also if
  /// one other input must then move them to the end, for that goes up. Bytes are transposed rather
  /// than floats.
  [[nodiscard]] bool should_sink(const Node& node, const Turn& turn, const Perm& perm) const {
    const bool to_last = moves_channels_last(perm);
    if (to_last && node.inputs.size() == 1) return node.op.is<ops::Quantize>();
    int transposed = 0;
    int moved = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto id = node.inputs[i];
      if (turn.how[i] != Turn::How::turned || !id.exists()) continue;
      if (perm_of(graph_, id) == perm)
        ++transposed;
      else if (!turns_freely(graph_, id, inverse(perm)))
        ++moved;
    }
    if (to_last) return transposed > 1 && moved == 0;
    return moved == 0 || (moved == 1 && moves_channels_first(perm));
  }

  /// The node with its inputs in the order of `perm`; nothing where its op takes no such inputs.
  Result<std::vector<ValueId>> rebuild(const Node& node, const Turn& turn, const Perm& perm) {
    std::vector<ValueId> inputs;
    std::size_t constants = 0;
    left_over_ = true;
    for (std::size_t i = 0; i < turn.how.size(); ++i) {
      const auto id = i < node.inputs.size() ? node.inputs[i] : kNoValue;
      if (turn.how[i] == Turn::How::kept) {
        inputs.push_back(id);
      } else if (turn.how[i] == Turn::How::replaced) {
        inputs.push_back(
            rewriter_.add_constant(node.outputs[0].name + "/order", turn.constants[constants++]));
      } else {
        inputs.push_back(SLIPWAY_TRY(turned(graph_, rewriter_, id, perm)));
      }
    }
    std::vector<Value> outputs = node.outputs;
    for (auto& out : outputs) {
      out.name += "/moved";
      out.type.shape = SLIPWAY_TRY(ordered(out.type.shape, perm));
      out.known.reset();
    }
    auto made = graph_.add_typed(turn.op, std::move(inputs), std::move(outputs));
    if (!made) return std::vector<ValueId>{};  // integers are taken along the last axis alone
    return *std::move(made);
  }

  /// f(Reshape(x, shape)) becomes Reshape(f(x), shape).
  Result<void> pass_reshape(std::int32_t n, const Node& node) {
    const Node reshape = graph_.node(node.inputs[0]);
    if (reshape.outputs[0].type.quant != graph_.type(reshape.inputs[0]).quant) return {};
    Value out = node.outputs[0];
    const std::string name = out.name;
    out.name += "/moved";
    out.type.shape = graph_.type(reshape.inputs[0]).shape;
    out.known.reset();
    const auto made = SLIPWAY_TRY(graph_.add_typed(node.op, {reshape.inputs[0]}, {out}));
    const auto back =
        SLIPWAY_TRY(rewriter_.add(reshape.op, {made[0], reshape.inputs[1]}, name + "/back"));
    rewriter_.replace({n, 0}, back);
    changed_ = true;
    return {};
  }

  /// A reduction that drops dimensions takes any order before it; what is left of that order stands
  /// behind.
  Result<void> reduce(std::int32_t n, const Node& node, const Reduction& reduction) {
    const ValueId id{n, 0};
    const ValueId x = graph_.node(node.inputs[0]).inputs[0];
    changed_ = true;
    if (is_identity(reduction.order)) {
      graph_.replace_op(id, reduction.op);
      graph_.set_input(id, 0, x);
      return {};
    }
    Value out = node.outputs[0];
    const std::string name = out.name;
    out.name += "/moved";
    out.type.shape = SLIPWAY_TRY(ordered(out.type.shape, inverse(reduction.order)));
    out.known.reset();
    const auto made = SLIPWAY_TRY(graph_.add_typed(reduction.op, {x}, {out}));
    rewriter_.replace(
        id, SLIPWAY_TRY(rewriter_.add(ops::Transpose{reduction.order}, {made[0]}, name + "/back")));
    return {};
  }

  // --- up ----------------------------------------------------------------------------------------

  /// Transpose(f(x, …)) becomes f(Transpose(x), …), where channels move to the end and nothing else
  /// uses f's value.
  Result<void> raise(ValueId id, const Uses& uses) {
    const auto perm = perm_of(graph_, id);
    if (!perm || !moves_channels_last(*perm) || !uses.any(id)) return {};
    const ValueId y = graph_.node(id).inputs[0];
    const Node node = graph_.node(y);
    const bool fixed = node.op.is<Input>() || node.op.is<Constant>() ||
                       node.op.is<ops::Transpose>() || node.op.is<ops::Quantize>();
    if (fixed || node.outputs.size() != 1 || uses.only_user(y) != id.node) return {};
    const auto turn = turn_of(graph_, node, *perm);
    if (!turn) return {};
    int moved = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (turn->how[i] == Turn::How::turned && !turns_freely(graph_, node.inputs[i], *perm))
        ++moved;
    if (moved > 1) return {};
    const auto made = SLIPWAY_TRY(rebuild(node, *turn, *perm));
    if (made.empty()) return {};
    rewriter_.replace(id, made[0]);
    changed_ = true;
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  std::map<std::pair<ValueId, Perm>, ValueId> twins_;
  bool changed_ = false;
  bool left_over_ = false;
};

}  // namespace

Result<bool> sink_transposes(Graph& graph) {
  bool changed = false;
  while (SLIPWAY_TRY(Round(graph).run())) changed = true;
  return changed;
}

}  // namespace slipway::passes
