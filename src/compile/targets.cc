#include "compile/targets.h"

#include <algorithm>
#include <array>

#include "ops/quant/quantize.h"
#include "passes/pipeline.h"
#include "quant/insert.h"

namespace slipway::compile {
namespace {

bool has_steps(const TensorType& type) { return type.quant.has_value(); }

bool moves_bytes(const Node& node) {
  static constexpr std::array<std::string_view, 14> kMoves = {
      "Reshape",      "Transpose",    "Squeeze", "Unsqueeze", "Slice",  "Pad",     "Gather",
      "DepthToSpace", "SpaceToDepth", "Tile",    "Split",     "Concat", "MaxPool", "Reinterpret"};
  return std::ranges::find(kMoves, node.op.name()) != kMoves.end();
}

/// Whether all that has steps has the same.
bool keeps_steps(const Graph& graph, const Node& node) {
  const auto& steps = node.outputs[0].type.quant;
  const auto is_same = [&](const TensorType& type) { return !type.quant || type.quant == steps; };
  return std::ranges::all_of(node.outputs, [&](const Value& out) { return is_same(out.type); }) &&
         std::ranges::all_of(node.inputs,
                             [&](ValueId id) { return !id.exists() || is_same(graph.type(id)); });
}

class FloatReference {
 public:
  explicit FloatReference(const Graph& graph) : graph_(graph), copy_(graph) {}

  Result<Graph> run(std::vector<std::string>* kept) {
    for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
      if (node.op.is<Input>() || node.op.is<Constant>()) continue;
      if (!computes_with_steps(node)) {
        SLIPWAY_TRY(take(n, node));
        continue;
      }
      const auto made = in_floats(node);
      if (!made) {
        if (made.error().code == Code::internal) return made.error();
        if (kept != nullptr) kept->push_back(node.outputs[0].name);
        SLIPWAY_TRY(take(n, node));
        continue;
      }
      for (std::int32_t slot = 0; slot < std::ssize(*made); ++slot)
        copy_.set({n, slot}, (*made)[static_cast<std::size_t>(slot)]);
    }
    std::vector<ValueId> outputs;
    for (const auto id : graph_.outputs()) outputs.push_back(copy_.of(id));
    copy_.graph().set_outputs(std::move(outputs));
    return std::move(copy_.graph());
  }

 private:
  [[nodiscard]] bool computes_with_steps(const Node& node) const {
    if (node.op.is<ops::Dequantize>()) return false;
    const bool in = std::ranges::any_of(
        node.inputs, [&](ValueId id) { return id.exists() && has_steps(graph_.type(id)); });
    const bool out =
        std::ranges::any_of(node.outputs, [](const Value& value) { return has_steps(value.type); });
    if (!in && !out) return false;
    if (node.op.is<ops::Quantize>()) return in;
    return !(moves_bytes(node) && keeps_steps(graph_, node));
  }

  /// As it is.
  Result<void> take(std::int32_t n, const Node& node) {
    std::vector<ValueId> inputs;
    for (const auto id : node.inputs) inputs.push_back(copy_.of(id));
    const auto made = SLIPWAY_TRY(copy_.add(node, std::move(inputs)));
    for (std::int32_t slot = 0; slot < std::ssize(made); ++slot)
      copy_.set({n, slot}, made[static_cast<std::size_t>(slot)]);
    return {};
  }

  /// The real numbers behind a value of the given graph.
  Result<ValueId> real(ValueId id) {
    if (!id.exists() || !has_steps(graph_.type(id))) return copy_.of(id);
    if (const auto at = real_.find(id); at != real_.end()) return at->second;
    const auto name = graph_.value(id).name + "/floats";
    if (const auto* known = graph_.known(id))
      return real_[id] = copy_.graph().add_constant(name, dequantized(*known));
    return real_[id] = SLIPWAY_TRY(copy_.graph().add(ops::Dequantize{}, {copy_.of(id)}, name));
  }

  /// Whole numbers of a bias without steps of their own count in those of the sum.
  std::optional<Tensor> real_bias(const Node& node) const {
    if (node.inputs.size() < 3 || !node.inputs[2].exists()) return std::nullopt;
    const auto& x = graph_.type(node.inputs[0]).quant;
    const auto& w = graph_.type(node.inputs[1]).quant;
    const auto* bias = graph_.known(node.inputs[2]);
    if (bias == nullptr || bias->dtype() != DType::i32 || bias->type().quant || !x || !w)
      return std::nullopt;
    const auto from = bias->values<std::int32_t>();
    if (w->per_axis() && w->scale.size() != from.size()) return std::nullopt;
    TensorBuilder builder({DType::f32, bias->shape()});
    const auto to = builder.values<float>();
    for (std::size_t o = 0; o < from.size(); ++o)
      to[o] = static_cast<float>(from[o]) * (x->scale[0] * w->scale_at(o));
    return std::move(builder).build();
  }

  Result<std::vector<ValueId>> in_floats(const Node& node) {
    auto& graph = copy_.graph();
    const auto name = node.outputs[0].name;
    std::vector<ValueId> inputs;
    for (const auto id : node.inputs) inputs.push_back(SLIPWAY_TRY(real(id)));
    if (const auto bias = real_bias(node)) inputs[2] = graph.add_constant(name + "/bias", *bias);
    auto made = node.op.is<ops::Quantize>()
                    ? std::vector{inputs[0]}
                    : SLIPWAY_TRY(graph.add_all(node.op, inputs, name + "/floats"));
    for (std::size_t i = 0; i < made.size(); ++i) {
      const auto& type = node.outputs[i].type;
      if (!has_steps(type)) {
        if (graph.type(made[i]).dtype != type.dtype)
          return fail(Code::unsupported, "'{}' has no form in floats", name);
        continue;
      }
      if (graph.type(made[i]).dtype != DType::f32 || type.quant->per_axis())
        return fail(Code::unsupported, "'{}' has no form in floats", name);
      const ops::Quantize quantize{.to = type.dtype, .halves_to_even = true};
      Value out{node.outputs[i].name, type};
      made[i] = SLIPWAY_TRY(graph.add_typed(quantize, {made[i]}, {std::move(out)}))[0];
    }
    return made;
  }

  const Graph& graph_;
  quant::Copy copy_;
  std::map<ValueId, ValueId> real_;
};

}  // namespace

std::string_view name_of(Target target) {
  return target == Target::interpreter ? "Interpreter" : "InterpreterHw";
}

std::string_view words_of(Target target) {
  return target == Target::interpreter ? "floats between the roundings to bytes"
                                       : "integers, bit by bit as the device";
}

Result<Graph> float_reference(const Graph& graph, std::vector<std::string>* kept) {
  return FloatReference(graph).run(kept);
}

std::set<std::string> integer_passes() {
  return {"move_bytes", "tabulate", "raise_lookups", "unsigned_activations", "quantize_pairs"};
}

Result<Graph> for_target(const Graph& graph, Target target) {
  passes::RunOptions options;
  if (target == Target::interpreter) options.without = integer_passes();
  auto out = target == Target::interpreter ? SLIPWAY_TRY(float_reference(graph)) : graph;
  SLIPWAY_TRY(passes::run_pipeline(out, options));
  return out;
}

bool is_quantized(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) {
    return std::ranges::any_of(node.outputs,
                               [](const Value& value) { return has_steps(value.type); });
  });
}

}  // namespace slipway::compile
