#include "ir/graph.h"

#include <algorithm>

namespace slipway {
namespace {

/// Values up to this size are computed while the graph is built: shapes, axes, indices, anchors;
/// never weights.
constexpr std::int64_t kMaxKnownElements = 1 << 14;
constexpr std::int64_t kMaxKnownCost = 1 << 20;

bool is_small(const TensorType& type) {
  return type.is_known() && type.shape.elements() <= kMaxKnownElements;
}

/// Runs `op` now if all inputs and outputs are small and known, and the work is still allowed.
Result<void> compute_known(const AnyOp& op, std::span<const std::optional<Known>> inputs,
                           std::vector<Value>& outputs, std::int64_t& work_left) {
  std::vector<std::optional<Tensor>> tensors;
  for (const auto& input : inputs) {
    if (!input) {
      tensors.emplace_back();
    } else if (input->value == nullptr || !is_small(input->type)) {
      return {};
    } else {
      tensors.emplace_back(*input->value);
    }
  }
  if (inputs.empty()) return {};
  std::vector<TensorType> types;
  for (const auto& output : outputs) {
    if (!is_small(output.type)) return {};
    types.push_back(output.type);
  }
  std::vector<TensorType> input_types;
  for (const auto& input : inputs) input_types.push_back(input ? input->type : TensorType{});
  const Cost cost = op.cost(input_types);
  if (cost.macs > kMaxKnownCost || cost.ops > kMaxKnownCost) return {};
  if (cost.macs + cost.ops > work_left) return {};
  work_left -= cost.macs + cost.ops;
  EvalIo io(tensors, types);
  if (io.has_work()) SLIPWAY_TRY(op.eval(io));
  auto results = std::move(io).take();
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].known = std::move(results[i]);
  return {};
}

/// The stated type, or the inferred one where nothing is stated. The shape that says more wins.
Result<TensorType> merge(const TensorType& inferred, const TensorType& stated) {
  if (inferred.dtype != stated.dtype || inferred.shape.rank() != stated.shape.rank()) {
    return fail(Code::invalid_input, "the file says {}, the inputs give {}", stated.text(),
                inferred.text());
  }
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < inferred.shape.rank(); ++i) {
    const auto a = inferred.shape[i];
    const auto b = stated.shape[i];
    if (a != b && a != Shape::kUnknown && b != Shape::kUnknown) {
      return fail(Code::invalid_input, "the file says {}, the inputs give {}", stated.text(),
                  inferred.text());
    }
    dims.push_back(a == Shape::kUnknown ? b : a);
  }
  return TensorType{inferred.dtype, SLIPWAY_TRY(Shape::make(dims)), stated.quant};
}

}  // namespace

Result<Types> Input::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(0, 0));
  return Types{};
}

Cost Input::cost(std::span<const TensorType>) const { return {}; }

Result<void> Input::eval(EvalIo&) const {
  return fail(Code::internal, "an input is given, not computed");
}

Result<Types> Constant::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(0, 0));
  return Types{{value.type(), value}};
}

Cost Constant::cost(std::span<const TensorType>) const { return {}; }

Result<void> Constant::eval(EvalIo& io) const { return io.share(0, value); }

std::string Graph::unique(const std::string& wanted) {
  std::string base = wanted.empty() ? fmt::format("v{}", nodes_.size()) : wanted;
  if (names_.insert(base).second) return base;
  int& suffix = suffixes_[base];
  std::string candidate;
  do candidate = fmt::format("{}_{}", base, ++suffix);
  while (!names_.insert(candidate).second);
  return candidate;
}

ValueId Graph::push(Node node) {
  for (auto& output : node.outputs) output.name = unique(output.name);
  nodes_.push_back(std::move(node));
  return {static_cast<std::int32_t>(nodes_.size()) - 1, 0};
}

ValueId Graph::add_input(std::string value_name, TensorType type) {
  inputs_.push_back(push({Input{}, {}, {{std::move(value_name), std::move(type)}}}));
  return inputs_.back();
}

ValueId Graph::add_constant(std::string value_name, Tensor value) {
  Value output{std::move(value_name), value.type(), value};
  return push({Constant{std::move(value)}, {}, {std::move(output)}});
}

Result<ValueId> Graph::add(AnyOp op, std::vector<ValueId> node_inputs,
                           const std::string& node_name) {
  const auto all = SLIPWAY_TRY(add_all(std::move(op), std::move(node_inputs), node_name));
  SLIPWAY_CHECK(!all.empty());
  return all[0];
}

Result<std::vector<ValueId>> Graph::add_all(AnyOp op, std::vector<ValueId> node_inputs,
                                            const std::string& node_name) {
  auto outputs = SLIPWAY_TRY(infer_outputs(*this, op, node_inputs, {}, &known_work_left_)
                                 .during("{} '{}'", op.name(), node_name));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].name = i == 0 ? node_name : fmt::format("{}:{}", node_name, i);
  }
  std::vector<ValueId> ids;
  const auto slots = static_cast<std::int32_t>(outputs.size());
  const auto first = push({std::move(op), std::move(node_inputs), std::move(outputs)});
  for (std::int32_t slot = 0; slot < slots; ++slot) ids.push_back({first.node, slot});
  return ids;
}

Result<std::vector<ValueId>> Graph::add_typed(AnyOp op, std::vector<ValueId> node_inputs,
                                              std::vector<Value> stated) {
  const std::string title = stated.empty() ? std::string() : stated[0].name;
  auto outputs = SLIPWAY_TRY(infer_outputs(*this, op, node_inputs, stated, &known_work_left_)
                                 .during("{} '{}'", op.name(), title));
  if (outputs.size() != stated.size()) {
    return fail(Code::invalid_input, "{} '{}' has {} outputs, not {}", op.name(), title,
                outputs.size(), stated.size());
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto& output = outputs[i];
    output.name = std::move(stated[i].name);
    output.type =
        SLIPWAY_TRY(merge(output.type, stated[i].type).during("{} '{}'", op.name(), output.name));
    if (output.known) output.known = SLIPWAY_TRY(output.known->as(output.type));
  }
  std::vector<ValueId> ids;
  const auto slots = static_cast<std::int32_t>(outputs.size());
  const auto first = push({std::move(op), std::move(node_inputs), std::move(outputs)});
  for (std::int32_t slot = 0; slot < slots; ++slot) ids.push_back({first.node, slot});
  return ids;
}

void Graph::set_name(ValueId id, const std::string& wanted) {
  auto& current =
      nodes_[static_cast<std::size_t>(id.node)].outputs[static_cast<std::size_t>(id.slot)].name;
  if (current == wanted) return;
  names_.erase(current);
  current = unique(wanted);
}

bool Graph::operator==(const Graph& other) const {
  return nodes_ == other.nodes_ && inputs_ == other.inputs_ && outputs_ == other.outputs_ &&
         name == other.name && recipe == other.recipe && metadata == other.metadata;
}

namespace {

std::vector<std::optional<Known>> known_inputs(const Graph& graph,
                                               std::span<const ValueId> inputs) {
  std::vector<std::optional<Known>> known;
  for (const auto id : inputs) {
    if (id.exists()) {
      known.push_back(Known{graph.type(id), graph.known(id)});
    } else {
      known.emplace_back();
    }
  }
  return known;
}

}  // namespace

Result<Types> infer_types(const Graph& graph, const AnyOp& op, std::span<const ValueId> inputs) {
  return op.infer(KnownInputs(known_inputs(graph, inputs)));
}

Result<std::vector<Value>> infer_outputs(const Graph& graph, const AnyOp& op,
                                         std::span<const ValueId> inputs,
                                         std::span<const Value> stated, std::int64_t* work_left) {
  const auto known = known_inputs(graph, inputs);
  auto inferred = SLIPWAY_TRY(op.infer(KnownInputs(known)));
  std::vector<Value> outputs;
  for (auto& output : inferred) {
    outputs.push_back({{}, std::move(output.type), std::move(output.value)});
  }
  // Integers are computed in the scale that they will have.
  for (std::size_t i = 0; i < std::min(outputs.size(), stated.size()); ++i) {
    outputs[i].type.quant = stated[i].type.quant;
  }
  const bool open =
      std::any_of(outputs.begin(), outputs.end(), [](const Value& v) { return !v.known; });
  std::int64_t unlimited = INT64_MAX;
  if (open)
    SLIPWAY_TRY(compute_known(op, known, outputs, work_left == nullptr ? unlimited : *work_left));
  return outputs;
}

Cost cost_of(const Graph& graph, const Node& node) {
  std::vector<TensorType> types;
  for (const auto id : node.inputs) {
    types.push_back(id.exists() ? graph.type(id) : TensorType{});
    if (!types.back().is_known()) return {};  // nobody can count what only the data will tell
  }
  return node.op.cost(types);
}

Cost cost_of(const Graph& graph) {
  // Shapes from outside can ask for more than can be counted: then the largest number stands.
  const auto add = [](std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
  };
  Cost total;
  for (const auto& node : graph.nodes()) {
    const Cost cost = cost_of(graph, node);
    total = {.macs = add(total.macs, cost.macs), .ops = add(total.ops, cost.ops)};
  }
  return total;
}

}  // namespace slipway
