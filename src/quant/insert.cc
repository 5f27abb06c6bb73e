#include "quant/insert.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"

namespace slipway::quant {
namespace {

/// Calls `visit` with the op as what it is, if that is a layer.
template <class Visit>
void with_layer(const AnyOp& op, Visit visit) {
  const auto try_one = [&]<class T>(const T* is) {
    if (is != nullptr) visit(*is);
  };
  try_one(op.as<ops::Conv>());
  try_one(op.as<ops::ConvTranspose>());
  try_one(op.as<ops::FullyConnected>());
}

/// The activation of a layer; none: it is something else.
std::optional<Activation> activation_of(const AnyOp& op) {
  std::optional<Activation> out;
  with_layer(op, [&](const auto& layer) { out = layer.activation; });
  return out;
}

/// A constant in bytes.
Tensor in_bytes(const Tensor& floats, const Quantization& steps) {
  TensorBuilder builder({DType::u8, floats.shape(), steps});
  const auto from = floats.values<float>();
  const auto to = builder.values<std::uint8_t>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    const float number =
        std::nearbyint(from[i] / steps.scale[0]) + static_cast<float>(steps.zero_point[0]);
    to[i] = static_cast<std::uint8_t>(std::clamp(number, 0.0F, 255.0F));
  }
  return std::move(builder).build();
}

/// One walk over the graph.
class Insertion {
 public:
  Insertion(const Graph& graph, const Points& points, const Scheme& scheme)
      : graph_(graph), points_(points), scheme_(scheme), copy_(graph) {}

  Result<Graph> run() {
    for (const auto id : graph_.inputs()) SLIPWAY_TRY(join(id));
    for (std::int32_t n = 0; n < std::ssize(graph_.nodes()); ++n) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
      if (node.op.is<Input>() || node.outputs[0].known) continue;
      SLIPWAY_TRY(visit(n, node));
    }
    std::vector<ValueId> outputs;
    for (const auto id : graph_.outputs()) outputs.push_back(copy_.of(id));
    copy_.graph().set_outputs(std::move(outputs));
    return std::move(copy_.graph());
  }

 private:
  Result<void> visit(std::int32_t n, const Node& node) {
    std::vector<ValueId> inputs;
    const auto layer = scheme_.layers.find(n);
    if (layer != scheme_.layers.end()) {
      inputs = SLIPWAY_TRY(layer_inputs(node, layer->second));
    } else {
      const bool in_float = points_.roles[static_cast<std::size_t>(n)] == Role::in_float;
      for (const auto id : node.inputs)
        inputs.push_back(in_float ? copy_.of(id) : SLIPWAY_TRY(operand(id)));
    }
    const bool is_island = points_.roles[static_cast<std::size_t>(n)] == Role::in_float &&
                           activation_of(node.op) && points_.group_of.contains({n, 0});
    const auto made = is_island ? std::vector{SLIPWAY_TRY(island(node, std::move(inputs)))}
                                : SLIPWAY_TRY(copy_.add(node, std::move(inputs)));
    for (std::int32_t slot = 0; slot < std::ssize(made); ++slot) {
      copy_.set({n, slot}, made[static_cast<std::size_t>(slot)]);
      SLIPWAY_TRY(join({n, slot}));
    }
    return {};
  }

  /// A layer in floats whose output becomes bytes. ONNX Runtime rounds its weights to bytes, with
  /// one scale for all, where nothing but Relu and Clip lies between it and the bytes; so the
  /// activation is written as Maximum and Minimum. The passes make the layer's of it again.
  Result<ValueId> island(const Node& node, std::vector<ValueId> inputs) {
    auto& graph = copy_.graph();
    const auto& output = node.outputs[0];
    const auto range = range_of(*activation_of(node.op));
    const bool is_cut = range.high < std::numeric_limits<float>::max();
    const auto clamp = [&](AnyOp op, ValueId x, float number, std::string_view what, bool is_last) {
      const auto bound = graph.add_constant(fmt::format("{}/{}", output.name, what),
                                            Tensor::of<float>({1}, {number}));
      return graph.add(std::move(op), {x, bound},
                       is_last ? output.name : fmt::format("{}/raised", output.name));
    };
    const auto y = SLIPWAY_TRY(
        graph.add(without_activation(node.op), std::move(inputs), output.name + "/unclamped"));
    const float low = std::max(range.low, std::numeric_limits<float>::lowest());
    const auto raised = SLIPWAY_TRY(clamp(ops::Maximum{}, y, low, "least", !is_cut));
    return is_cut ? clamp(ops::Minimum{}, raised, range.high, "most", true) : raised;
  }

  /// Constants of several elements are integers, too.
  Result<ValueId> operand(ValueId id) {
    const auto* known = id.exists() ? graph_.known(id) : nullptr;
    const auto at = points_.group_of.find(id);
    if (known == nullptr || at == points_.group_of.end()) return copy_.of(id);
    const auto name = graph_.value(id).name;
    const auto bytes =
        copy_.graph().add_constant(name + "/bytes", in_bytes(*known, scheme_.steps[at->second]));
    const auto floats = SLIPWAY_TRY(copy_.graph().add(ops::Dequantize{}, {bytes}, name));
    copy_.set(id, floats);
    return floats;
  }

  Result<std::vector<ValueId>> layer_inputs(const Node& node, const QuantizedWeights& layer) {
    auto& graph = copy_.graph();
    const auto name = node.outputs[0].name;
    const auto weights = graph.add_constant(name + "/weights", layer.weights);
    std::vector<ValueId> inputs = {copy_.of(node.inputs[0])};
    inputs.push_back(
        SLIPWAY_TRY(graph.add(ops::Dequantize{}, {weights}, name + "/weights/floats")));
    if (!layer.bias) return inputs;
    const auto bias = graph.add_constant(name + "/bias", *layer.bias);
    inputs.push_back(SLIPWAY_TRY(graph.add(ops::Dequantize{}, {bias}, name + "/bias/floats")));
    return inputs;
  }

  /// A value that becomes bytes is read through them.
  Result<void> join(ValueId id) {
    const auto at = points_.group_of.find(id);
    if (at == points_.group_of.end()) return {};
    const auto name = graph_.value(id).name;
    const auto value = copy_.of(id);
    const bool is_output = std::ranges::find(graph_.outputs(), id) != graph_.outputs().end();
    const bool renamed = is_output && !graph_.node(id).op.is<Input>();
    if (renamed) copy_.graph().set_name(value, name + "/before");
    const auto& steps = scheme_.steps[at->second];
    auto floats = SLIPWAY_TRY(through_bytes(copy_.graph(), value, steps, name));
    // OpenVINO leaves out the rounding of a layer that it computes together with the sum behind it
    // (off by one step in a third of all numbers), unless the same bytes are made twice.
    if (goes_into_sum(id)) floats = SLIPWAY_TRY(through_bytes(copy_.graph(), floats, steps, name));
    if (renamed) copy_.graph().set_name(floats, name);
    copy_.set(id, floats);
    return {};
  }

  /// Whether it is what a layer gives to a sum, and to nothing else.
  [[nodiscard]] bool goes_into_sum(ValueId id) const {
    if (points_.role(id) != Role::layer || std::ranges::count(graph_.outputs(), id) > 0)
      return false;
    std::ptrdiff_t sums = 0;
    for (std::size_t n = 0; n < graph_.nodes().size(); ++n) {
      const auto uses = std::ranges::count(graph_.nodes()[n].inputs, id);
      if (uses > 0 && points_.roles[n] != Role::sum) return false;
      sums += uses;
    }
    return sums == 1;
  }

  const Graph& graph_;
  const Points& points_;
  const Scheme& scheme_;
  Copy copy_;
};

}  // namespace

Result<Graph> insert_pairs(const Graph& graph, const Points& points, const Scheme& scheme) {
  return Insertion(graph, points, scheme).run();
}

AnyOp with_activation(const AnyOp& op, Activation activation) {
  AnyOp out = op;
  with_layer(op, [&](auto layer) {
    layer.activation = activation;
    out = AnyOp(layer);
  });
  return out;
}

AnyOp without_activation(const AnyOp& op) { return with_activation(op, Activation::none); }

Copy::Copy(const Graph& from) : from_(from) {
  to_.name = from.name;
  to_.recipe = from.recipe;
  to_.metadata = from.metadata;
  for (const auto id : from.inputs())
    values_[id] = to_.add_input(from.value(id).name, from.type(id));
}

ValueId Copy::of(ValueId id) {
  if (!id.exists()) return id;
  const auto at = values_.find(id);
  if (at != values_.end()) return at->second;
  const auto* known = from_.known(id);
  SLIPWAY_CHECK(known != nullptr);
  return values_[id] = to_.add_constant(from_.value(id).name, *known);
}

Result<std::vector<ValueId>> Copy::add(const Node& node, std::vector<ValueId> inputs) {
  std::vector<Value> outputs = node.outputs;
  for (auto& output : outputs) output.known.reset();
  return to_.add_typed(node.op, std::move(inputs), std::move(outputs));
}

Result<ValueId> through_bytes(Graph& graph, ValueId x, const Quantization& steps,
                              const std::string& name) {
  const auto& type = graph.type(x);
  Value bytes{name + "/quantized", {DType::u8, type.shape, steps}};
  const ops::Quantize quantize{.to = DType::u8, .halves_to_even = true};
  const auto made = SLIPWAY_TRY(graph.add_typed(quantize, {x}, {bytes}));
  return graph.add(ops::Dequantize{}, {made[0]}, name + "/dequantized");
}

}  // namespace slipway::quant
