#include "ir/interpret.h"

#include <algorithm>

namespace slipway {
namespace {

/// One run: the values that are alive and how often each is still needed.
class Run {
 public:
  Run(const Graph& graph, const InterpretOptions& options) : graph_(graph), options_(options) {
    for (const auto& node : graph.nodes()) {
      values_.emplace_back(node.outputs.size());
      uses_.emplace_back(node.outputs.size(), 0);
    }
    for (const auto& node : graph.nodes()) {
      for (const auto id : node.inputs) {
        if (id.exists()) ++uses(id);
      }
    }
    for (const auto id : graph.outputs()) ++uses(id);
  }

  void put(ValueId id, Tensor tensor) {
    alive_bytes_ += tensor.type().bytes();
    if (options_.observe) options_.observe(id, tensor);
    value(id) = std::move(tensor);
    if (uses(id) == 0) drop(id);
  }

  Result<void> step(ValueId first) {
    const Node& node = graph_.node(first);
    std::vector<std::optional<Tensor>> inputs;
    for (const auto id : node.inputs) inputs.push_back(id.exists() ? value(id) : std::nullopt);
    const auto types = SLIPWAY_TRY(output_types(node, inputs));
    SLIPWAY_TRY(check_memory(types));
    EvalIo io(inputs, types);
    if (io.has_work()) SLIPWAY_TRY(node.op.eval(io));
    auto outputs = std::move(io).take();
    for (const auto id : node.inputs) {
      if (id.exists() && --uses(id) == 0) drop(id);
    }
    for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
      put({first.node, static_cast<std::int32_t>(slot)}, std::move(outputs[slot]));
    }
    return {};
  }

  [[nodiscard]] std::vector<Tensor> outputs() const {
    std::vector<Tensor> out;
    for (const auto id : graph_.outputs()) {
      out.push_back(*values_[static_cast<std::size_t>(id.node)][static_cast<std::size_t>(id.slot)]);
    }
    return out;
  }

 private:
  std::optional<Tensor>& value(ValueId id) {
    return values_[static_cast<std::size_t>(id.node)][static_cast<std::size_t>(id.slot)];
  }

  int& uses(ValueId id) {
    return uses_[static_cast<std::size_t>(id.node)][static_cast<std::size_t>(id.slot)];
  }

  void drop(ValueId id) {
    alive_bytes_ -= value(id)->type().bytes();
    value(id).reset();
  }

  /// The node's types, as the values at hand decide them: a graph may leave dimensions open, and
  /// what it states of such a node may turn out wrong.
  static Result<std::vector<TensorType>> output_types(
      const Node& node, std::span<const std::optional<Tensor>> inputs) {
    std::vector<TensorType> types;
    for (const auto& output : node.outputs) types.push_back(output.type);
    std::vector<std::optional<Known>> known;
    for (const auto& input : inputs) {
      known.push_back(input ? std::optional(Known{input->type(), &*input}) : std::nullopt);
    }
    const auto inferred = SLIPWAY_TRY(node.op.infer(KnownInputs(known)));
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto& shape = inferred[i].type.shape;
      if (types[i].is_known() && shape.is_known() && types[i].shape != shape) {
        return fail(Code::invalid_input, "the graph says {}, the data leads to {}",
                    types[i].shape.text(), shape.text());
      }
      types[i].shape = shape;
    }
    return types;
  }

  [[nodiscard]] Result<void> check_memory(std::span<const TensorType> types) const {
    std::int64_t needed = alive_bytes_;
    for (const auto& type : types) {
      if (type.is_known()) needed += type.bytes();
    }
    if (needed > options_.max_bytes) {
      return fail(Code::unsupported, "{} MB of memory are needed, {} MB are allowed", needed >> 20U,
                  options_.max_bytes >> 20U);
    }
    return {};
  }

  const Graph& graph_;
  const InterpretOptions& options_;
  std::vector<std::vector<std::optional<Tensor>>> values_;
  std::vector<std::vector<int>> uses_;
  std::int64_t alive_bytes_ = 0;
};

}  // namespace

Result<void> check_inputs(const Graph& graph, std::span<const Tensor> inputs) {
  if (inputs.size() != graph.inputs().size()) {
    return fail(Code::invalid_input, "the model has {} inputs, {} are given", graph.inputs().size(),
                inputs.size());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& [name, wanted, known] = graph.value(graph.inputs()[i]);
    bool fits =
        wanted.dtype == inputs[i].dtype() && wanted.shape.rank() == inputs[i].shape().rank();
    for (std::size_t d = 0; fits && d < wanted.shape.rank(); ++d) {
      fits = wanted.shape[d] == inputs[i].shape()[d] || wanted.shape[d] == Shape::kUnknown;
    }
    if (!fits) {
      return fail(Code::invalid_input, "input '{}' is {}{}, not {}{}", name, name_of(wanted.dtype),
                  wanted.shape.text(), name_of(inputs[i].dtype()), inputs[i].shape().text());
    }
  }
  return {};
}

Result<std::vector<Tensor>> interpret(const Graph& graph, std::span<const Tensor> inputs,
                                      const InterpretOptions& options) {
  SLIPWAY_TRY(check_inputs(graph, inputs));
  Run run(graph, options);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto id = graph.inputs()[i];
    TensorType type = inputs[i].type();
    type.quant = graph.type(id).quant;
    run.put(id, SLIPWAY_TRY(inputs[i].as(type)));
  }
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i) {
    const Node& node = graph.node({i});
    if (node.op.is<Input>()) continue;
    SLIPWAY_TRY(run.step({i}).during("{} '{}'", node.op.name(), node.outputs[0].name));
  }
  return run.outputs();
}

}  // namespace slipway
