#include <numeric>

#include "ops/shape/gather.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "passes/passes.h"
#include "passes/turn.h"

namespace slipway::passes {
namespace {

/// x, if `id` is Reshape(x).
ValueId reshaped_from(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const bool same = node.op.is<ops::Reshape>() &&
                    node.outputs[0].type.quant == graph.type(node.inputs[0]).quant &&
                    node.outputs[0].type.is_known();
  return same ? node.inputs[0] : kNoValue;
}

std::int64_t spatial_of(const Shape& shape) {
  return std::accumulate(shape.begin() + 2, shape.end(), std::int64_t{1}, std::multiplies<>());
}

class Shuffles {
 public:
  explicit Shuffles(Graph& graph) : graph_(graph), rewriter_(graph) {}

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) {
      const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
      if (node.op.is<ops::Gather>()) SLIPWAY_TRY(pick({n, 0}, node));
      if (node.op.is<ops::Reshape>()) SLIPWAY_TRY(move({n, 0}));
    }
    if (changed_) SLIPWAY_TRY(rewriter_.finish());
    return changed_;
  }

 private:
  /// One of the groups that a shuffle makes, [N, C] as [N, C/G, G] -> [G, N, C/G], is every G-th
  /// channel.
  Result<void> pick(ValueId id, const Node& node) {
    const auto& op = *node.op.as<ops::Gather>();
    const auto* index = graph_.known(node.inputs[1]);
    const ValueId groups = node.inputs[0];
    const ValueId transposed = reshaped_from(graph_, groups);
    if (op.axis != 0 || op.batch_dims != 0 || index == nullptr || !transposed.exists()) return {};
    const auto perm = perm_of(graph_, transposed);
    if (index->shape().rank() != 0 || perm != Perm{1, 0, 2}) return {};
    const ValueId x = reshaped_from(graph_, graph_.node(transposed).inputs[0]);
    if (!x.exists()) return {};
    const auto& from = graph_.type(x).shape;
    const auto& cut = graph_.type(graph_.node(transposed).inputs[0]).shape;
    const auto& to = graph_.type(id).shape;
    if (!from.is_known() || from.rank() < 3 || to.rank() != from.rank()) return {};
    const auto count = cut[1];
    if (count == 0 || from[1] % count != 0 || cut[2] != spatial_of(from)) return {};
    if (graph_.type(groups).shape[0] != count) return {};
    for (std::size_t i = 0; i < from.rank(); ++i)
      if (to[i] != (i == 1 ? from[1] / count : from[i])) return {};
    auto place = (SLIPWAY_TRY(to_integers(*index)))[0];
    if (place < 0) place += count;
    const auto list = [&](std::int64_t number) {
      return rewriter_.add_constant(graph_.value(id).name + "/slice",
                                    Tensor::of<std::int64_t>({1}, {number}));
    };
    const auto name = graph_.value(id).name + "/sliced";
    const std::vector<ValueId> inputs = {x, list(place), list(from[1]), list(1), list(count)};
    rewriter_.replace(id, SLIPWAY_TRY(rewriter_.add(ops::Slice{}, inputs, name)));
    changed_ = true;
    return {};
  }

  /// A shuffle of channels that were moved to the front is one of channels at the end.
  Result<void> move(ValueId id) {
    const ValueId transposed = reshaped_from(graph_, id);
    const auto perm = transposed.exists() ? perm_of(graph_, transposed) : std::nullopt;
    if (!perm || perm->size() < 4) return {};
    Perm swaps(perm->size());
    std::iota(swaps.begin(), swaps.end(), 0);
    std::swap(swaps[1], swaps[2]);
    if (*perm != swaps) return {};
    const ValueId cut = graph_.node(transposed).inputs[0];
    const ValueId first = reshaped_from(graph_, cut);
    const auto moved = first.exists() ? perm_of(graph_, first) : std::nullopt;
    if (!moved || !moves_channels_first(*moved)) return {};
    const auto& from = graph_.type(first).shape;
    const auto& parts = graph_.type(cut).shape;
    if (!from.is_known() || graph_.type(id).shape != from || parts.rank() != from.rank() + 1 ||
        parts[0] != from[0] || parts[1] * parts[2] != from[1])
      return {};
    for (std::size_t i = 2; i < from.rank(); ++i)
      if (parts[i + 1] != from[i]) return {};
    return move_last(id, first, *moved, parts);
  }

  Result<void> move_last(ValueId id, ValueId first, const Perm& moved, const Shape& parts) {
    const ValueId x = graph_.node(first).inputs[0];
    std::vector<std::int64_t> dims = {parts[0]};
    dims.insert(dims.end(), parts.begin() + 3, parts.end());
    dims.insert(dims.end(), {parts[1], parts[2]});
    Perm swap(dims.size());
    std::iota(swap.begin(), swap.end(), 0);
    std::swap(swap[dims.size() - 2], swap[dims.size() - 1]);
    const auto name = graph_.value(id).name;
    const auto cut = SLIPWAY_TRY(reshaped(graph_, rewriter_, x, SLIPWAY_TRY(Shape::make(dims))));
    const auto swapped =
        SLIPWAY_TRY(rewriter_.add(ops::Transpose{swap}, {cut}, name + "/shuffled"));
    const auto joined = SLIPWAY_TRY(reshaped(graph_, rewriter_, swapped, graph_.type(x).shape));
    rewriter_.replace(id,
                      SLIPWAY_TRY(rewriter_.add(ops::Transpose{moved}, {joined}, name + "/back")));
    changed_ = true;
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  bool changed_ = false;
};

}  // namespace

Result<bool> move_shuffles(Graph& graph) { return Shuffles(graph).run(); }

}  // namespace slipway::passes
