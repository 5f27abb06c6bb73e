#include "ir/rewrite.h"

#include <algorithm>

namespace slipway {
namespace {

/// Nodes in an order in which they can run, from those that `roots` need. The walk keeps its own
/// stack: a chain of a hundred thousand nodes must not exhaust the thread's.
class Sorter {
 public:
  explicit Sorter(const Graph& graph)
      : graph_(graph), state_(graph.nodes().size(), State::unseen) {}

  Result<void> visit(std::int32_t root) {
    std::vector<std::pair<std::int32_t, std::size_t>> stack;
    if (enter(root)) stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      const auto& inputs = graph_.node({node}).inputs;
      if (next == inputs.size()) {
        state_[static_cast<std::size_t>(node)] = State::done;
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      const ValueId input = inputs[next++];
      if (!input.exists()) continue;
      if (state_[static_cast<std::size_t>(input.node)] == State::open) {
        return fail(Code::invalid_input, "'{}' depends on itself", graph_.value(input).name);
      }
      if (enter(input.node)) stack.emplace_back(input.node, 0);
    }
    return {};
  }

  std::vector<std::int32_t> order;

 private:
  enum class State : std::uint8_t { unseen, open, done };

  bool enter(std::int32_t node) {
    auto& state = state_[static_cast<std::size_t>(node)];
    if (state != State::unseen) return false;
    state = State::open;
    return true;
  }

  const Graph& graph_;
  std::vector<State> state_;
};

/// The inferred shape; what it leaves open is as it was.
Shape newer(const TensorType& was, const TensorType& inferred) {
  const auto& now = inferred.shape;
  if (now.is_known() || was.dtype != inferred.dtype || was.shape.rank() != now.rank()) return now;
  std::vector<std::int64_t> dims(now.begin(), now.end());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == Shape::kUnknown) dims[i] = was.shape[i];
  }
  auto merged = Shape::make(dims);
  return merged ? *std::move(merged) : now;
}

}  // namespace

void Rewriter::replace_uses(ValueId from, ValueId to) {
  for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
    if (static_cast<std::int32_t>(i) == to.node) continue;
    for (auto& input : graph_.nodes_[i].inputs) {
      if (input == from) input = to;
    }
  }
  for (auto& output : graph_.outputs_) {
    if (output == from) output = to;
  }
}

void Rewriter::replace(ValueId from, ValueId to) {
  const std::string name = graph_.value(from).name;
  graph_.set_name(from, name + "/before");
  graph_.set_name(to, name);
  replace_uses(from, to);
}

Result<void> Rewriter::finish() {
  Sorter sorter(graph_);
  for (const auto id : graph_.inputs_) SLIPWAY_TRY(sorter.visit(id.node));
  // In the old order where that is possible, so that an untouched graph stays as it was.
  std::vector<bool> needed(graph_.nodes_.size(), false);
  Sorter live(graph_);
  for (const auto id : graph_.outputs_) SLIPWAY_TRY(live.visit(id.node));
  for (const auto node : live.order) needed[static_cast<std::size_t>(node)] = true;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) SLIPWAY_TRY(sorter.visit(static_cast<std::int32_t>(i)));
  }

  Graph result;
  result.name = graph_.name;
  result.recipe = graph_.recipe;
  result.metadata = graph_.metadata;
  std::vector<std::int32_t> renumbered(graph_.nodes_.size(), -1);
  const auto moved = [&](ValueId id) {
    return id.exists() ? ValueId{renumbered[static_cast<std::size_t>(id.node)], id.slot} : id;
  };
  for (const auto old : sorter.order) {
    Node node = graph_.nodes_[static_cast<std::size_t>(old)];
    for (auto& id : node.inputs) id = moved(id);
    if (!node.op.is<Input>()) {
      auto outputs = SLIPWAY_TRY(
          infer_outputs(result, node.op, node.inputs, node.outputs, &result.known_work_left_)
              .during("{} '{}'", node.op.name(), node.outputs[0].name));
      SLIPWAY_CHECK(outputs.size() == node.outputs.size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        auto& is = node.outputs[i];
        is.type.shape = newer(is.type, outputs[i].type);
        is.type.dtype = outputs[i].type.dtype;
        is.known = std::move(outputs[i].known);
        if (is.known) is.known = SLIPWAY_TRY(is.known->as(is.type));
      }
    }
    renumbered[static_cast<std::size_t>(old)] = result.push(std::move(node)).node;
  }
  for (const auto id : graph_.inputs_) result.inputs_.push_back(moved(id));
  for (const auto id : graph_.outputs_) result.outputs_.push_back(moved(id));
  graph_ = std::move(result);
  return {};
}

}  // namespace slipway
