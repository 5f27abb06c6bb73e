#pragma once
// Networks that are hard to quantize, for tests and measurements.

#include <cmath>
#include <map>
#include <vector>

#include "base/random.h"
#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "quant/insert.h"

namespace slipway::quant {

/// Multiplies each channel between two layers of which the second alone reads the first by a power
/// of two from 1/16 to 16, and divides the weights that read it: the same function, bit by bit. A
/// clamp at 6 becomes one for each channel. For a graph of convolutions that went through the
/// passes; returns how many values have other channels now.
inline Result<int> scale_channels_apart(Graph& graph, std::uint64_t seed) {
  Random random(seed);
  Rewriter rewriter(graph);
  std::map<ValueId, std::vector<std::int32_t>> users;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n)
    for (const auto id : graph.nodes()[static_cast<std::size_t>(n)].inputs) users[id].push_back(n);
  for (const auto id : graph.outputs()) users[id].push_back(-1);
  int pairs = 0;
  for (std::int32_t n = 0; n < count; ++n) {
    const auto* first = graph.node({n, 0}).op.as<ops::Conv>();
    const auto& readers = users[{n, 0}];
    if (first == nullptr || readers.size() != 1 || readers[0] < 0) continue;
    const auto* second = graph.node({readers[0], 0}).op.as<ops::Conv>();
    if (second == nullptr || graph.node({readers[0], 0}).inputs[0] != ValueId{n, 0}) continue;
    const auto activation = first->activation;
    const auto group = static_cast<std::size_t>(second->group);

    std::vector<float> factors;
    const auto change = [&](ValueId node, std::size_t input, auto factor_of) {
      const auto id = graph.node(node).inputs[input];
      const auto* known = graph.known(id);
      SLIPWAY_CHECK(known != nullptr);
      std::vector<float> values(known->values<float>().begin(), known->values<float>().end());
      for (std::size_t i = 0; i < values.size(); ++i) values[i] *= factor_of(i, *known);
      const auto to =
          rewriter.add_constant(graph.value(id).name, Tensor::of(known->shape(), values));
      graph.set_input(node, input, to);
    };
    const auto channels = graph.type({n, 0}).shape.back(0);
    for (std::int64_t c = 0; c < channels; ++c)
      factors.push_back(std::ldexp(1.0F, static_cast<int>(random.integer(-4, 4))));
    for (std::size_t i = 1; i < graph.node({n, 0}).inputs.size(); ++i)
      change({n, 0}, i,
             [&](std::size_t at, const Tensor&) { return factors[at % factors.size()]; });
    change({readers[0], 0}, 1, [&](std::size_t at, const Tensor& weights) {
      const auto outputs = static_cast<std::size_t>(weights.shape().back(0));
      const auto inputs = static_cast<std::size_t>(weights.shape().back(1));
      const auto from = at % outputs / (outputs / group) * inputs + at / outputs % inputs;
      return 1 / factors[from];
    });
    ++pairs;
    if (activation != Activation::relu6) continue;
    graph.replace_op({n, 0}, with_activation(graph.node({n, 0}).op, Activation::relu));
    std::vector<float> most;
    for (const float factor : factors) most.push_back(6 * factor);
    const auto name = graph.value({n, 0}).name;
    const auto clamp = rewriter.add_constant(name + "/most", Tensor::of<float>({channels}, most));
    const auto cut = SLIPWAY_TRY(rewriter.add(ops::Minimum{}, {{n, 0}, clamp}, name + "/cut"));
    graph.set_input({readers[0], 0}, 0, cut);
  }
  SLIPWAY_TRY(rewriter.finish());
  return pairs;
}

}  // namespace slipway::quant
