#include <algorithm>
#include <cmath>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// The op on integers, or nothing where there is none.
template <class... T>
std::optional<AnyOp> on_integers(const AnyOp& op) {
  std::optional<AnyOp> out;
  const auto try_one = [&](const auto* is) {
    if (is == nullptr) return;
    auto changed = *is;
    changed.rounding = Rounding::real_even;
    out = AnyOp(changed);
  };
  (try_one(op.as<T>()), ...);
  return out;
}

bool is_layer(const AnyOp& op) {
  const auto* back = op.as<ops::ConvTranspose>();
  if (back != nullptr)
    return back->group == 1;  // its outputs are the last dimension of the weights
  return op.is<ops::Conv>() || op.is<ops::FullyConnected>();
}

std::optional<AnyOp> on_integers(const AnyOp& op) {
  if (is_layer(op)) return on_integers<ops::Conv, ops::ConvTranspose, ops::FullyConnected>(op);
  return on_integers<ops::Add, ops::Mul>(op);
}

/// The integers that a float value stands for: what was dequantized, and a Transpose behind it; or
/// constants that are made now.
struct Source {
  ValueId integers = kNoValue;
  ValueId transpose = kNoValue;
  std::optional<Tensor> made = std::nullopt;

  [[nodiscard]] bool given() const { return integers.exists() || made; }

  /// Needs given().
  [[nodiscard]] const TensorType& type(const Graph& graph) const {
    return made ? made->type() : graph.type(integers);
  }
};

Source source_of(const Graph& graph, ValueId id) {
  if (!id.exists()) return {};
  Source source;
  if (graph.node(id).op.is<ops::Transpose>()) {
    source.transpose = id;
    id = graph.node(id).inputs[0];
  }
  const auto& node = graph.node(id);
  if (!node.op.is<ops::Dequantize>() || node.inputs.size() != 1) return {};
  const auto& quant = graph.type(node.inputs[0]).quant;
  if (!quant || (source.transpose.exists() && quant->per_axis())) return {};
  source.integers = node.inputs[0];
  return source;
}

/// The integers with their Transpose.
Result<ValueId> moved(Graph& graph, const Source& source, const std::string& name) {
  if (source.made) return graph.add_constant(name, *source.made);
  if (!source.transpose.exists()) return source.integers;
  const AnyOp transpose = graph.node(source.transpose).op;
  return graph.add(transpose, {source.integers}, graph.value(source.transpose).name + "/integers");
}

/// The step of one output's weights, of which each is a whole number of at most a signed byte;
/// nothing where there is none.
std::optional<float> step_of(std::span<const float> weights, std::size_t first, std::size_t apart) {
  constexpr float kOff = 1.0F / 1024;  // of a step: they were a product of step and scale, rounded
  constexpr int kMost = 127;
  float largest = 0;
  for (std::size_t i = first; i < weights.size(); i += apart)
    largest = std::max(largest, std::abs(weights[i]));
  if (!std::isfinite(largest)) return std::nullopt;
  if (largest == 0) return 1.0F;
  for (int steps = kMost; steps > 0; --steps) {
    const float step = largest / static_cast<float>(steps);
    bool all = step > 0;
    for (std::size_t i = first; all && i < weights.size(); i += apart) {
      const float place = weights[i] / step;
      all = std::abs(place - std::nearbyint(place)) <= kOff;
    }
    if (all) return step;
  }
  return std::nullopt;
}

/// Float weights that lie on a grid of signed bytes, one per output, as those bytes.
std::optional<Tensor> weights_on_grid(const Graph& graph, ValueId id) {
  const auto* known = graph.node(id).op.is<Constant>() ? graph.known(id) : nullptr;
  if (known == nullptr || known->dtype() != DType::f32 || known->elements() == 0)
    return std::nullopt;
  const auto rank = known->shape().rank();
  const auto outputs = static_cast<std::size_t>(known->shape()[rank - 1]);
  const auto from = known->values<float>();
  Quantization quant{{}, std::vector<std::int32_t>(outputs, 0), static_cast<int>(rank) - 1};
  for (std::size_t o = 0; o < outputs; ++o) {
    const auto step = step_of(from, o, outputs);
    if (!step) return std::nullopt;
    quant.scale.push_back(*step);
  }
  TensorBuilder builder({DType::i8, known->shape(), quant});
  const auto to = builder.values<std::int8_t>();
  for (std::size_t i = 0; i < from.size(); ++i)
    to[i] = static_cast<std::int8_t>(std::nearbyint(from[i] / quant.scale[i % outputs]));
  return std::move(builder).build();
}

/// Whether a bias counts in steps of the sum, as it does where the operator is one of integers.
bool bias_fits(const TensorType& x_type, const TensorType& w_type, const TensorType& b_type) {
  const auto& x = *x_type.quant;
  const auto& w = *w_type.quant;
  const auto& b = *b_type.quant;
  constexpr float kRounded = 1e-6F;  // the product of the scales was rounded once or twice
  const std::size_t count = std::max(w.scale.size(), b.scale.size());
  const auto covers = [&](const Quantization& quant) {
    return !quant.per_axis() || quant.scale.size() == count;
  };
  if (!covers(w) || !covers(b)) return false;
  for (std::size_t o = 0; o < count; ++o) {
    const float step = x.scale[0] * w.scale_at(o);
    if (std::abs(b.scale_at(o) - step) > kRounded * step || b.zero_at(o) != 0) return false;
  }
  return true;
}

/// A float bias in steps of the sum, rounded.
std::optional<Tensor> bias_in_steps(const Tensor& bias, const TensorType& x, const TensorType& w) {
  if (bias.dtype() != DType::f32 || bias.shape().rank() != 1) return std::nullopt;
  const auto from = bias.values<float>();
  const auto& quant = *w.quant;
  if (quant.per_axis() && quant.scale.size() != from.size()) return std::nullopt;
  Quantization steps;
  steps.axis = quant.per_axis() ? 0 : Quantization::kPerTensor;
  for (const float scale : quant.scale) {
    steps.scale.push_back(x.quant->scale[0] * scale);
    steps.zero_point.push_back(0);
  }
  TensorBuilder builder({DType::i32, bias.shape(), steps});
  const auto to = builder.values<std::int32_t>();
  for (std::size_t o = 0; o < from.size(); ++o) {
    const double number =
        std::nearbyint(static_cast<double>(from[o]) / static_cast<double>(steps.scale_at(o)));
    if (!(std::abs(number) < 0x1p30)) return std::nullopt;  // as no sum of bytes reaches
    to[o] = static_cast<std::int32_t>(number);
  }
  return std::move(builder).build();
}

/// The integers of all inputs; nothing where one has none.
std::optional<std::vector<Source>> sources_of(const Graph& graph, const Node& node) {
  std::vector<Source> sources;
  for (const auto id : node.inputs) sources.push_back(source_of(graph, id));
  if (is_layer(node.op)) {
    if (!sources[0].given() || sources[0].type(graph).quant->per_axis()) return std::nullopt;
    if (!sources[1].given()) sources[1].made = weights_on_grid(graph, node.inputs[1]);
    if (!sources[1].given()) return std::nullopt;
    const bool has_bias = sources.size() > 2 && node.inputs[2].exists();
    const auto& x = sources[0].type(graph);
    const auto& w = sources[1].type(graph);
    if (has_bias && !sources[2].given()) {
      const auto* bias = graph.known(node.inputs[2]);
      if (bias != nullptr) sources[2].made = bias_in_steps(*bias, x, w);
    }
    if (has_bias && sources[2].given() && !bias_fits(x, w, sources[2].type(graph)))
      return std::nullopt;
  }
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (node.inputs[i].exists() && !sources[i].given()) return std::nullopt;
  return sources;
}

}  // namespace

Result<bool> quantize_pairs(Graph& graph) {
  const Uses uses(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  bool left_over = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    const auto* quantize = node.op.as<ops::Quantize>();
    if (quantize == nullptr || !quantize->halves_to_even || !node.outputs[0].type.quant) continue;
    if (node.outputs[0].type.quant->per_axis()) continue;
    const ValueId y = node.inputs[0];
    const Node inner = graph.node(y);
    auto op = on_integers(inner.op);
    if (!op || uses.only_user(y) != n) continue;
    const auto sources = sources_of(graph, inner);
    if (!sources) continue;
    std::vector<ValueId> inputs;
    for (const auto& source : *sources) {
      const auto name = fmt::format("{}/input{}", node.outputs[0].name, inputs.size());
      inputs.push_back(source.given() ? SLIPWAY_TRY(moved(graph, source, name)) : kNoValue);
      left_over = left_over || source.transpose.exists() || source.made;
    }
    Value out = node.outputs[0];
    out.name += "/integers";
    out.known.reset();
    // What the integer op does not take (other types, scales of a bias that do not fit) stays.
    const auto made = graph.add_typed(std::move(*op), std::move(inputs), {out});
    if (!made) continue;
    rewriter.replace({n, 0}, (*made)[0]);
    changed = true;
  }
  if (changed || left_over) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
