#include <algorithm>
#include <cmath>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/statistics.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// y[..., c] = scale[c] * x[..., c] + shift[c], and then an activation.
struct Affine {
  ValueId x;
  std::vector<double> scale;
  std::vector<double> shift;
  Activation activation = Activation::none;

  [[nodiscard]] bool shifts() const {
    return std::ranges::any_of(shift, [](double s) { return s != 0; });
  }

  [[nodiscard]] bool is_finite() const {
    const auto finite = [](double s) { return std::isfinite(static_cast<float>(s)); };
    return std::ranges::all_of(scale, finite) && std::ranges::all_of(shift, finite);
  }
};

/// A known float input of one number per channel, or one for all; nothing where it is another.
std::optional<std::vector<double>> per_channel(const Graph& graph, ValueId id,
                                               std::int64_t channels) {
  const auto* known = graph.known(id);
  if (known == nullptr || known->dtype() != DType::f32) return std::nullopt;
  const auto& shape = known->shape();
  const bool last = shape.rank() > 0 && shape[shape.rank() - 1] == channels;
  const auto count = shape.elements();
  if (count != 1 && !(last && count == channels)) return std::nullopt;
  auto numbers = to_doubles(*known);
  if (count == 1) numbers.assign(static_cast<std::size_t>(channels), numbers[0]);
  return numbers;
}

std::optional<Affine> normalization(const Graph& graph, const Node& node, std::int64_t channels) {
  const auto& op = *node.op.as<ops::BatchNormalization>();
  std::vector<std::vector<double>> inputs;
  for (std::size_t i = 1; i < 5; ++i) {
    auto numbers = per_channel(graph, node.inputs[i], channels);
    if (!numbers) return std::nullopt;
    inputs.push_back(*std::move(numbers));
  }
  Affine out{node.inputs[0], {}, {}};
  for (std::size_t c = 0; c < inputs[0].size(); ++c) {
    const double scale = inputs[0][c] / std::sqrt(inputs[3][c] + static_cast<double>(op.epsilon));
    out.scale.push_back(scale);
    out.shift.push_back(inputs[1][c] - inputs[2][c] * scale);
  }
  return out;
}

/// A sum, product … of a value and a constant per channel.
std::optional<Affine> arithmetic(const Graph& graph, const Node& node, std::int64_t channels) {
  if (node.inputs.size() != 2) return std::nullopt;
  for (const std::size_t x : {0U, 1U}) {
    if (graph.known(node.inputs[x]) != nullptr) continue;
    if (graph.type(node.inputs[x]).shape != node.outputs[0].type.shape) return std::nullopt;
    const auto numbers = per_channel(graph, node.inputs[1 - x], channels);
    if (!numbers) return std::nullopt;
    const auto count = numbers->size();
    Affine out{node.inputs[x], std::vector<double>(count, 1), std::vector<double>(count, 0)};
    if (const auto* add = node.op.as<ops::Add>()) {
      out.activation = add->activation;
      out.shift = *numbers;
    } else if (const auto* mul = node.op.as<ops::Mul>()) {
      out.activation = mul->activation;
      out.scale = *numbers;
    } else if (const auto* sub = node.op.as<ops::Sub>()) {
      out.activation = sub->activation;
      out.shift = *numbers;
      for (auto& s : x == 0 ? out.shift : out.scale) s = -s;
      if (x == 1) std::ranges::fill(out.scale, -1);
    } else if (const auto* div = node.op.as<ops::Div>(); div != nullptr && x == 0) {
      out.activation = div->activation;
      for (std::size_t c = 0; c < count; ++c) out.scale[c] = 1 / (*numbers)[c];
    } else {
      return std::nullopt;
    }
    return out;
  }
  return std::nullopt;
}

/// What a node does to each channel, if it is that simple.
std::optional<Affine> affine_of(const Graph& graph, const Node& node) {
  if (node.outputs.size() != 1 || node.inputs.empty() || !node.inputs[0].exists())
    return std::nullopt;
  const auto& type = node.outputs[0].type;
  const auto rank = type.shape.rank();
  if (type.dtype != DType::f32 || rank < 2) return std::nullopt;
  const auto channels = type.shape[rank - 1];
  if (channels == Shape::kUnknown || channels == 0) return std::nullopt;
  auto out = node.op.is<ops::BatchNormalization>() ? normalization(graph, node, channels)
                                                   : arithmetic(graph, node, channels);
  if (out && !out->is_finite()) return std::nullopt;
  return out;
}

/// A convolution or dense layer of known floats.
struct Layer {
  Tensor weights;  // [..., outputs] but for a transposed convolution with groups
  std::vector<float> bias;
  std::int64_t group = 1;
  std::int64_t outputs = 0;
  Activation activation = Activation::none;
  bool transposed = false;
  bool padded = false;  // zeros stand around its input
};

std::optional<Layer> layer_of(const Graph& graph, const Node& node) {
  Layer layer;
  if (const auto* conv = node.op.as<ops::Conv>()) {
    layer.group = conv->group;
    layer.activation = conv->activation;
    const auto zero = [](const auto& pads) {
      return std::ranges::all_of(pads, [](auto pad) { return pad == 0; });
    };
    const bool none =
        conv->padding == Padding::valid ||
        (conv->padding == Padding::given && zero(conv->pad_begin) && zero(conv->pad_end));
    layer.padded = !none;
  } else if (const auto* back = node.op.as<ops::ConvTranspose>()) {
    layer.group = back->group;
    layer.activation = back->activation;
    layer.transposed = true;
  } else if (const auto* dense = node.op.as<ops::FullyConnected>()) {
    layer.activation = dense->activation;
  } else {
    return std::nullopt;
  }
  // Weights on a grid (dequantized ones) stay on it.
  const bool plain = graph.node(node.inputs[1]).op.is<Constant>();
  const auto* weights = plain ? graph.known(node.inputs[1]) : nullptr;
  if (weights == nullptr || weights->dtype() != DType::f32 || weights->elements() == 0)
    return std::nullopt;
  if (graph.type(node.inputs[0]).dtype != DType::f32) return std::nullopt;
  layer.weights = *weights;
  const auto& shape = weights->shape();
  layer.outputs = shape[shape.rank() - 1] * (layer.transposed ? layer.group : 1);
  layer.bias.assign(static_cast<std::size_t>(layer.outputs), 0);
  if (node.inputs.size() > 2 && node.inputs[2].exists()) {
    const auto* bias = graph.known(node.inputs[2]);
    if (bias == nullptr || bias->dtype() != DType::f32) return std::nullopt;
    const auto numbers = bias->values<float>();
    layer.bias.assign(numbers.begin(), numbers.end());
  }
  return layer;
}

AnyOp with_activation(const AnyOp& op, Activation activation) {
  const auto changed = [&](auto is) {
    is.activation = activation;
    return AnyOp(is);
  };
  if (const auto* conv = op.as<ops::Conv>()) return changed(*conv);
  if (const auto* back = op.as<ops::ConvTranspose>()) return changed(*back);
  return changed(*op.as<ops::FullyConnected>());
}

/// Weights w[k, i, o] and what they are multiplied with, by input and output channel of the layer.
class Scaled {
 public:
  explicit Scaled(const Layer& layer) : layer_(layer), builder_(layer.weights.type()) {
    const auto& shape = layer.weights.shape();
    last_ = shape[shape.rank() - 1];
    inputs_ = shape[shape.rank() - 2];
    from_ = layer.weights.values<float>();
  }

  /// Calls visit(weight, input channel, output channel, place) for all.
  template <class Visit>
  void each(Visit visit) const {
    const std::int64_t per_group = layer_.outputs / layer_.group;
    const std::int64_t inputs_per_group = layer_.transposed ? inputs_ / layer_.group : inputs_;
    for (std::size_t at = 0; at < from_.size(); ++at) {
      const auto place = static_cast<std::int64_t>(at);
      std::int64_t out = place % last_;
      std::int64_t in = place / last_ % inputs_;
      if (layer_.transposed) {
        out += in / inputs_per_group * per_group;
      } else {
        in += out / per_group * inputs_;
      }
      visit(static_cast<double>(from_[at]), static_cast<std::size_t>(in),
            static_cast<std::size_t>(out), at);
    }
  }

  std::span<float> to() { return builder_.values<float>(); }

  Tensor build() && { return std::move(builder_).build(); }

 private:
  const Layer& layer_;
  TensorBuilder builder_;
  std::span<const float> from_;
  std::int64_t last_ = 1;
  std::int64_t inputs_ = 1;
};

class Fold {
 public:
  explicit Fold(Graph& graph) : graph_(graph), rewriter_(graph) {}

  Result<bool> run() {
    const Uses uses(graph_);
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) {
      const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
      const auto affine = affine_of(graph_, node);
      if (!affine) continue;
      if (uses.only_user(affine->x) == n && SLIPWAY_TRY(into_layer_before({n, 0}, *affine)))
        return done();
      const auto user = uses.only_user({n, 0});
      if (user >= 0 && SLIPWAY_TRY(into_layer_behind({n, 0}, *affine, user))) return done();
      if (user >= 0 && SLIPWAY_TRY(into_affine_behind({n, 0}, *affine, user))) return done();
      if (node.op.is<ops::BatchNormalization>()) {
        SLIPWAY_TRY(spell_out({n, 0}, *affine));
        return done();
      }
    }
    return false;
  }

 private:
  Result<bool> done() {
    SLIPWAY_TRY(rewriter_.finish());
    return true;
  }

  ValueId vector(const std::string& name, const std::vector<double>& numbers) {
    const std::vector<float> rounded(numbers.begin(), numbers.end());
    return rewriter_.add_constant(name, Tensor::of<float>({std::ssize(rounded)}, rounded));
  }

  /// The layer with other constants.
  Result<ValueId> remade(ValueId id, AnyOp op, ValueId x, Tensor weights,
                         const std::vector<double>& bias) {
    const std::string name = graph_.value(id).name;
    const auto w = rewriter_.add_constant(name + "/weights", std::move(weights));
    return rewriter_.add(std::move(op), {x, w, vector(name + "/bias", bias)}, name + "/folded");
  }

  /// s * (w x + b) + t  =  (s w) x + (s b + t)
  Result<bool> into_layer_before(ValueId id, const Affine& affine) {
    const auto layer = layer_of(graph_, graph_.node(affine.x));
    const bool fits = layer && layer->activation == Activation::none &&
                      layer->outputs == std::ssize(affine.scale);
    if (!fits) return false;
    Scaled scaled(*layer);
    const auto to = scaled.to();
    scaled.each([&](double w, std::size_t, std::size_t o, std::size_t at) {
      to[at] = static_cast<float>(w * affine.scale[o]);
    });
    std::vector<double> bias;
    for (std::size_t o = 0; o < layer->bias.size(); ++o)
      bias.push_back(static_cast<double>(layer->bias[o]) * affine.scale[o] + affine.shift[o]);
    const Node was = graph_.node(affine.x);
    rewriter_.replace(id, SLIPWAY_TRY(remade(id, with_activation(was.op, affine.activation),
                                             was.inputs[0], std::move(scaled).build(), bias)));
    return true;
  }

  /// w (s x + t) + b  =  (w s) x + (w t + b), where no zeros stand around s x + t
  Result<bool> into_layer_behind(ValueId id, const Affine& affine, std::int32_t user) {
    const auto layer = layer_of(graph_, graph_.node({user}));
    const bool fits = layer && affine.activation == Activation::none && !layer->transposed &&
                      !(layer->padded && affine.shifts()) && graph_.node({user}).inputs[0] == id;
    if (!fits) return false;
    Scaled scaled(*layer);
    const auto to = scaled.to();
    std::vector<double> bias(layer->bias.begin(), layer->bias.end());
    scaled.each([&](double w, std::size_t i, std::size_t o, std::size_t at) {
      to[at] = static_cast<float>(w * affine.scale[i]);
      bias[o] += w * affine.shift[i];
    });
    const AnyOp op = graph_.node({user}).op;
    rewriter_.replace(
        {user, 0}, SLIPWAY_TRY(remade({user, 0}, op, affine.x, std::move(scaled).build(), bias)));
    return true;
  }

  /// s' (s x + t) + t'  =  (s' s) x + (s' t + t')
  Result<bool> into_affine_behind(ValueId id, const Affine& affine, std::int32_t user) {
    const auto next = affine_of(graph_, graph_.node({user}));
    const bool fits = next && next->x == id && affine.activation == Activation::none;
    if (!fits) return false;
    Affine both{affine.x, {}, {}, next->activation};
    for (std::size_t c = 0; c < affine.scale.size(); ++c) {
      both.scale.push_back(next->scale[c] * affine.scale[c]);
      both.shift.push_back(next->scale[c] * affine.shift[c] + next->shift[c]);
    }
    const bool simple = both.is_finite() && is_one_step(both);
    if (!simple && is_one_step(affine) && is_one_step(*next)) return false;  // two steps as before
    SLIPWAY_TRY(spell_out({user}, both));
    return true;
  }

  static bool is_one_step(const Affine& affine) {
    return !affine.shifts() || std::ranges::all_of(affine.scale, [](double s) { return s == 1; });
  }

  /// A product and a sum, or one of them.
  Result<void> spell_out(ValueId id, const Affine& affine) {
    const std::string name = graph_.value(id).name;
    ValueId y = affine.x;
    const bool scales = !std::ranges::all_of(affine.scale, [](double s) { return s == 1; });
    const bool shifts = affine.shifts();
    if (scales || !shifts) {
      const ops::Mul mul{.activation = shifts ? Activation::none : affine.activation};
      y = SLIPWAY_TRY(
          rewriter_.add(mul, {y, vector(name + "/scale", affine.scale)}, name + "/scaled"));
    }
    if (shifts) {
      const ops::Add add{.activation = affine.activation};
      y = SLIPWAY_TRY(
          rewriter_.add(add, {y, vector(name + "/shift", affine.shift)}, name + "/shifted"));
    }
    rewriter_.replace(id, y);
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
};

}  // namespace

Result<bool> fold_batch_norm(Graph& graph) {
  bool changed = false;
  while (SLIPWAY_TRY(Fold(graph).run())) changed = true;
  return changed;
}

}  // namespace slipway::passes
