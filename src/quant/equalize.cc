#include "quant/equalize.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
#include "ops/reduce/reduce.h"
#include "quant/insert.h"

namespace slipway::quant {
namespace {

/// Weights and bias of a layer while they change.
struct Layer {
  std::vector<float> weights;
  std::vector<float> bias;
  std::size_t outputs = 0;
  std::size_t inputs = 0;  // of a group
  std::size_t group = 1;
  Activation activation = Activation::none;
  bool changed = false;

  /// The channel of the input that weight `i` reads.
  [[nodiscard]] std::size_t channel(std::size_t i) const {
    const std::size_t output = i % outputs;
    const std::size_t input = i / outputs % inputs;
    return output / (outputs / group) * inputs + input;
  }
};

constexpr float kCut = 6;  // where relu6 cuts

struct Pair {
  std::int32_t first = -1;
  std::int32_t second = -1;
  std::int32_t clamp = -1;   // a node that cuts each channel of the first at a number of its own
  std::vector<float> cuts;   // those numbers
  std::vector<float> least;  // of the product of all s, per channel; empty: any
  std::vector<float> total;  // that product
};

std::optional<Layer> layer_of(const Graph& graph, const Node& node) {
  Layer out;
  if (const auto* conv = node.op.as<ops::Conv>()) {
    out.group = static_cast<std::size_t>(conv->group);
    out.activation = conv->activation;
  } else if (const auto* dense = node.op.as<ops::FullyConnected>()) {
    out.activation = dense->activation;
  } else {
    return std::nullopt;
  }
  if (node.inputs.size() < 2 || node.inputs.size() > 3) return std::nullopt;
  const auto* weights = graph.known(node.inputs[1]);
  const bool has_bias = node.inputs.size() == 3 && node.inputs[2].exists();
  const auto* bias = has_bias ? graph.known(node.inputs[2]) : nullptr;
  if (weights == nullptr || weights->dtype() != DType::f32 || weights->elements() == 0 ||
      (has_bias && (bias == nullptr || bias->dtype() != DType::f32)))
    return std::nullopt;
  const auto from = weights->values<float>();
  out.weights.assign(from.begin(), from.end());
  out.outputs = static_cast<std::size_t>(weights->shape().back(0));
  out.inputs = static_cast<std::size_t>(weights->shape().back(1));
  if (bias != nullptr) out.bias.assign(bias->values<float>().begin(), bias->values<float>().end());
  return out;
}

/// At which number a Minimum of `x` and a constant cuts each of `channels`; empty: it is none.
std::vector<float> cuts_of(const Graph& graph, const Node& node, ValueId x, std::size_t channels) {
  const auto* op = node.op.as<ops::Minimum>();
  if (op == nullptr || op->activation != Activation::none || node.outputs[0].type != graph.type(x))
    return {};
  const auto* known = graph.known(node.inputs[node.inputs[0] == x ? 1 : 0]);
  if (known == nullptr || known->dtype() != DType::f32) return {};
  const auto& shape = known->shape();
  const bool one = known->elements() == 1;
  const auto count = static_cast<std::size_t>(known->elements());
  if (!one && (count != channels || shape.back(0) != static_cast<std::int64_t>(count))) return {};
  const auto values = known->values<float>();
  std::vector<float> out;
  for (std::size_t c = 0; c < channels; ++c) {
    const float cut = values[one ? 0 : c];
    const bool usable = std::isnormal(cut / kCut) && std::isnormal(kCut / cut) && cut > 0;
    if (!usable) return {};
    out.push_back(cut);
  }
  return out;
}

/// Whether scaling a channel of the input scales that of the output, and nothing else.
bool keeps_channels(const Graph& graph, const Node& node) {
  if (const auto* pool = node.op.as<ops::MaxPool>())
    return pool->activation == Activation::none && !pool->places;
  if (const auto* pool = node.op.as<ops::AveragePool>())
    return pool->activation == Activation::none;
  const auto& x = graph.type(node.inputs[0]).shape;
  const auto& y = node.outputs[0].type.shape;
  if (!x.is_known() || !y.is_known() || x.rank() == 0 || y.rank() == 0) return false;
  if (x.back(0) != y.back(0)) return false;
  if (node.op.is<ops::ReduceMean>()) return node.inputs.size() == 1;
  const bool reshapes = node.op.name() == "Reshape" || node.op.name() == "Squeeze";
  return reshapes && x.elements() == x.back(0);
}

class Equalizer {
 public:
  Equalizer(const Graph& graph, const ChannelMaxima& maxima) : graph_(graph), maxima_(maxima) {
    const auto count = static_cast<std::int32_t>(graph.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) {
      const auto& node = graph.nodes()[static_cast<std::size_t>(n)];
      for (const auto id : node.inputs)
        if (id.exists()) users_[id].push_back(n);
      if (auto layer = layer_of(graph, node)) layers_.emplace(n, std::move(*layer));
    }
    for (const auto id : graph.outputs()) users_[id].push_back(-1);
    for (const auto& [n, layer] : layers_) add_pair(n, layer);
  }

  [[nodiscard]] const std::vector<ValueId>& cut() const { return cut_; }

  Equalized run() {
    constexpr int kMostRounds = 100;
    constexpr float kStill = 1e-4F;
    Equalized out{pairs_.size(), 0};
    for (auto& pair : pairs_) align(pair);
    for (float change = 1; change > kStill && out.rounds < kMostRounds; ++out.rounds) {
      change = 0;
      for (auto& pair : pairs_) change = std::max(change, even_out(pair));
    }
    return out;
  }

  Result<void> write(Graph& graph) const {
    Rewriter rewriter(graph);
    for (const auto& [n, layer] : layers_) {
      if (!layer.changed) continue;
      const auto inputs = graph.nodes()[static_cast<std::size_t>(n)].inputs;
      const auto put = [&](std::size_t i, const std::vector<float>& values) {
        const Value was = graph.value(inputs[i]);
        graph.set_input({n, 0}, i,
                        rewriter.add_constant(was.name, Tensor::of(was.type.shape, values)));
      };
      put(1, layer.weights);
      if (!layer.bias.empty()) put(2, layer.bias);
    }
    for (const auto& pair : pairs_) {
      if (pair.clamp < 0) continue;
      const ValueId first{pair.first, 0};
      graph.replace_op(first, with_activation(graph.node(first).op, Activation::relu6));
      rewriter.replace_uses({pair.clamp, 0}, first);
    }
    return rewriter.finish();
  }

 private:
  void add_pair(std::int32_t n, const Layer& layer) {
    const bool cut = layer.activation == Activation::relu6;
    if (!cut && layer.activation != Activation::none && layer.activation != Activation::relu)
      return;
    ValueId id = {n, 0};
    std::int32_t user = only_user(id);
    Pair pair{.first = n, .total = std::vector<float>(layer.outputs, 1.0F)};
    if (user >= 0 && layer.activation == Activation::relu)
      pair.cuts = cuts_of(graph_, graph_.node({user, 0}), id, layer.outputs);
    if (!pair.cuts.empty()) {
      pair.clamp = user;
      id = {user, 0};
      user = only_user(id);
    }
    while (user >= 0 && !layers_.contains(user)) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(user)];
      if (!keeps_channels(graph_, node) || node.inputs[0] != id) return;
      id = {user, 0};
      user = only_user(id);
    }
    if (user < 0) return;
    const auto& next = graph_.nodes()[static_cast<std::size_t>(user)];
    const auto& reader = layers_.at(user);
    if (next.inputs[0] != id || reader.group * reader.inputs != layer.outputs ||
        reader.outputs % reader.group != 0)
      return;
    pair.second = user;
    if ((cut || pair.clamp >= 0) && !limit(pair)) return;
    pairs_.push_back(std::move(pair));
  }

  /// How far each channel of a pair that is cut may be scaled; false where none may be, and no cuts
  /// are to be brought together.
  bool limit(Pair& pair) {
    const ValueId value{pair.clamp >= 0 ? pair.clamp : pair.first, 0};
    cut_.push_back(value);
    const auto seen = maxima_.find(value);
    const bool is_seen = seen != maxima_.end() && seen->second.size() == pair.total.size();
    if (!is_seen && pair.clamp < 0) return false;
    constexpr float kSpare = 1.1F;  // for pictures that were not seen
    for (std::size_t c = 0; c < pair.total.size(); ++c) {
      const float most = is_seen ? seen->second[c] : cut_of(pair, c);
      pair.least.push_back(most * kSpare / cut_of(pair, c));
    }
    return true;
  }

  [[nodiscard]] std::int32_t only_user(ValueId id) const {
    const auto at = users_.find(id);
    return at != users_.end() && at->second.size() == 1 ? at->second[0] : -1;
  }

  [[nodiscard]] static float cut_of(const Pair& pair, std::size_t channel) {
    return pair.cuts.empty() ? kCut : pair.cuts[channel];
  }

  /// Brings the numbers at which channels are cut to 6 for all of them.
  void align(Pair& pair) {
    if (pair.clamp < 0) return;
    std::vector<float> factors;
    for (const float cut : pair.cuts) factors.push_back(cut / kCut);
    scale(pair, factors);
  }

  /// How far from 1 the largest of a pair's factors is.
  float even_out(Pair& pair) {
    const auto& first = layers_.at(pair.first);
    const auto& second = layers_.at(pair.second);
    std::vector<float> given(first.outputs, 0);
    std::vector<float> taken(first.outputs, 0);
    for (std::size_t i = 0; i < first.weights.size(); ++i) {
      auto& most = given[i % first.outputs];
      most = std::max(most, std::abs(first.weights[i]));
    }
    for (std::size_t i = 0; i < second.weights.size(); ++i) {
      auto& most = taken[second.channel(i)];
      most = std::max(most, std::abs(second.weights[i]));
    }
    float change = 0;
    std::vector<float> factors(first.outputs, 1.0F);
    for (std::size_t c = 0; c < factors.size(); ++c) {
      const float factor = std::sqrt(given[c] / taken[c]);
      const bool useful = given[c] > 0 && taken[c] > 0 && std::isfinite(factor) && factor > 0;
      if (!useful || (!pair.least.empty() && pair.least[c] >= 1)) continue;
      factors[c] = factor;
      if (!pair.least.empty() && pair.total[c] * factor < pair.least[c])
        factors[c] = pair.least[c] / pair.total[c];
      pair.total[c] *= factors[c];
      change = std::max(change, std::abs(factors[c] - 1));
    }
    if (change > 0) scale(pair, factors);
    return change;
  }

  /// Divides what the first of a pair gives, and multiplies what the second reads.
  void scale(const Pair& pair, const std::vector<float>& factors) {
    auto& first = layers_.at(pair.first);
    auto& second = layers_.at(pair.second);
    for (std::size_t i = 0; i < first.weights.size(); ++i)
      first.weights[i] /= factors[i % first.outputs];
    for (std::size_t c = 0; c < first.bias.size(); ++c) first.bias[c] /= factors[c];
    for (std::size_t i = 0; i < second.weights.size(); ++i)
      second.weights[i] *= factors[second.channel(i)];
    first.changed = true;
    second.changed = true;
  }

  const Graph& graph_;
  const ChannelMaxima& maxima_;
  std::map<ValueId, std::vector<std::int32_t>> users_;
  std::map<std::int32_t, Layer> layers_;
  std::vector<Pair> pairs_;
  std::vector<ValueId> cut_;
};

}  // namespace

std::vector<ValueId> cut_values(const Graph& graph) {
  const ChannelMaxima none;
  return Equalizer(graph, none).cut();
}

Result<Equalized> equalize(Graph& graph, const ChannelMaxima& maxima) {
  const Graph before = graph;
  Equalizer equalizer(before, maxima);
  const auto out = equalizer.run();
  SLIPWAY_TRY(equalizer.write(graph));
  return out;
}

}  // namespace slipway::quant
