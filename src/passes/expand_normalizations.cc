#include <algorithm>
#include <numeric>

#include "ir/rewrite.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/normalize.h"
#include "ops/normalize/statistics.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"

namespace slipway::passes {
namespace {

/// Adds what one node is made of.
class Expansion {
 public:
  Expansion(Graph& graph, Rewriter& rewriter, std::int32_t n)
      : graph_(graph),
        rewriter_(rewriter),
        n_(n),
        node_(graph.nodes()[static_cast<std::size_t>(n)]) {}

  [[nodiscard]] bool fits() const {
    return std::ranges::all_of(node_.inputs, [&](ValueId id) {
      return !id.exists() || (graph_.type(id).dtype == DType::f32 && graph_.type(id).is_known());
    });
  }

  Result<bool> run() {
    if (const auto* layer = node_.op.as<ops::LayerNormalization>()) return expand(*layer);
    if (const auto* group = node_.op.as<ops::GroupNormalization>()) return expand(*group);
    if (node_.op.is<ops::L2Normalization>()) return expand_l2();
    if (const auto* local = node_.op.as<ops::LocalResponseNormalization>()) return expand(*local);
    return false;
  }

 private:
  using Axes = std::vector<std::int64_t>;

  [[nodiscard]] ValueId x() const { return node_.inputs[0]; }

  [[nodiscard]] const Shape& shape() const { return graph_.type(x()).shape; }

  [[nodiscard]] ValueId input(std::size_t i) const {
    return i < node_.inputs.size() ? node_.inputs[i] : kNoValue;
  }

  Result<ValueId> add(AnyOp op, std::vector<ValueId> inputs, const char* what) {
    return rewriter_.add(std::move(op), std::move(inputs),
                         fmt::format("{}/{}", node_.outputs[0].name, what));
  }

  ValueId number(float value, const char* what) {
    return rewriter_.add_constant(fmt::format("{}/{}", node_.outputs[0].name, what),
                                  Tensor::of<float>({1}, {value}));
  }

  static Axes axes_from(std::size_t first, std::size_t behind) {
    Axes out(behind - first);
    std::iota(out.begin(), out.end(), static_cast<std::int64_t>(first));
    return out;
  }

  struct Moments {
    ValueId mean = kNoValue;
    ValueId inverse = kNoValue;
    ValueId normal = kNoValue;
  };

  /// (x - mean) / sqrt(variance + epsilon), along some axes.
  Result<Moments> normalize(ValueId value, const Axes& axes, float epsilon, bool centred) {
    Moments out;
    if (centred) {
      out.mean = SLIPWAY_TRY(add(ops::ReduceMean{axes, true}, {value}, "mean"));
      value = SLIPWAY_TRY(add(ops::Sub{}, {value, out.mean}, "centred"));
    }
    const auto squares = SLIPWAY_TRY(add(ops::Square{}, {value}, "squares"));
    const auto variance = SLIPWAY_TRY(add(ops::ReduceMean{axes, true}, {squares}, "variance"));
    const auto sum = SLIPWAY_TRY(add(ops::Add{}, {variance, number(epsilon, "epsilon")}, "sum"));
    out.inverse = SLIPWAY_TRY(add(ops::Rsqrt{}, {sum}, "inverse"));
    out.normal = SLIPWAY_TRY(add(ops::Mul{}, {value, out.inverse}, "normal"));
    return out;
  }

  /// value * scale + bias takes the place of the node's first output.
  Result<bool> finish(ValueId value, ValueId scale, ValueId bias) {
    if (scale.exists()) value = SLIPWAY_TRY(add(ops::Mul{}, {value, scale}, "scaled"));
    if (bias.exists()) value = SLIPWAY_TRY(add(ops::Add{}, {value, bias}, "moved"));
    rewriter_.replace({n_, 0}, value);
    return true;
  }

  Result<bool> expand(const ops::LayerNormalization& layer) {
    const auto rank = static_cast<std::int64_t>(shape().rank());
    const auto axis = layer.axis < 0 ? layer.axis + rank : layer.axis;
    if (layer.statistics && !layer.centred) return false;
    const auto made =
        SLIPWAY_TRY(normalize(x(), axes_from(static_cast<std::size_t>(axis), shape().rank()),
                              layer.epsilon, layer.centred));
    if (layer.statistics) {
      rewriter_.replace({n_, 1}, made.mean);
      rewriter_.replace({n_, 2}, made.inverse);
    }
    return finish(made.normal, input(1), input(2));
  }

  Result<bool> expand(const ops::GroupNormalization& group) {
    const auto from = shape();
    const auto channels = from.back(0);
    const auto groups = group.groups == 0 ? channels : group.groups;
    const auto rank = from.rank();
    if (rank < 3 && groups == channels) return false;  // each element alone
    if (groups == channels || groups == 1) {
      const auto axes = axes_from(1, groups == 1 ? rank : rank - 1);
      const auto made = SLIPWAY_TRY(normalize(x(), axes, group.epsilon, true));
      return finish(made.normal, input(1), input(2));
    }
    const auto reshaped = [&](ValueId value, const std::vector<std::int64_t>& dims,
                              const char* what) {
      const auto to =
          rewriter_.add_constant(fmt::format("{}/{}/shape", node_.outputs[0].name, what),
                                 Tensor::of<std::int64_t>({std::ssize(dims)}, dims));
      return add(ops::Reshape{}, {value, to}, what);
    };
    const auto parts = SLIPWAY_TRY(
        reshaped(x(), {from[0], from.elements() / (from[0] * channels), groups, channels / groups},
                 "groups"));
    const auto made = SLIPWAY_TRY(normalize(parts, {1, 3}, group.epsilon, true));
    const auto whole = SLIPWAY_TRY(reshaped(made.normal, {from.begin(), from.end()}, "together"));
    return finish(whole, input(1), input(2));
  }

  Result<bool> expand_l2() {
    const Axes last = {static_cast<std::int64_t>(shape().rank()) - 1};
    const auto sum = SLIPWAY_TRY(add(ops::ReduceSumSquare{last, true}, {x()}, "squares"));
    const auto root = SLIPWAY_TRY(add(ops::Sqrt{}, {sum}, "root"));
    const auto length = SLIPWAY_TRY(add(ops::Maximum{}, {root, number(1e-6F, "least")}, "length"));
    return finish(SLIPWAY_TRY(add(ops::Div{}, {x(), length}, "normal")), kNoValue, kNoValue);
  }

  /// Sums over neighbouring channels are a dense layer whose weights are a band.
  Result<bool> expand(const ops::LocalResponseNormalization& local) {
    constexpr std::int64_t kMostChannels = 2048;
    const auto channels = shape().back(0);
    if (channels > kMostChannels) return false;
    const auto reach = std::min(local.radius, channels);
    std::vector<float> band;
    for (std::int64_t k = 0; k < channels; ++k) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const bool counts = k >= c - reach && k <= c + reach + (local.even ? 1 : 0);
        band.push_back(counts ? local.alpha : 0);
      }
    }
    const auto name = node_.outputs[0].name;
    const auto weights =
        rewriter_.add_constant(name + "/band", Tensor::of<float>({channels, channels}, band));
    const std::vector<float> starts(static_cast<std::size_t>(channels), local.bias);
    const auto bias = rewriter_.add_constant(name + "/bias", Tensor::of<float>({channels}, starts));
    const auto squares = SLIPWAY_TRY(add(ops::Square{}, {x()}, "squares"));
    const auto sums =
        SLIPWAY_TRY(add(ops::FullyConnected{}, {squares, weights, bias}, "neighbours"));
    ValueId size;
    if (local.beta == 0.75F || local.beta == 0.5F) {
      size = SLIPWAY_TRY(add(ops::Rsqrt{}, {sums}, "root"));
      if (local.beta == 0.75F) {
        const auto quarter = SLIPWAY_TRY(add(ops::Sqrt{}, {size}, "quarter"));
        size = SLIPWAY_TRY(add(ops::Mul{}, {size, quarter}, "size"));
      }
    } else {
      size = SLIPWAY_TRY(add(ops::Pow{}, {sums, number(-local.beta, "power")}, "size"));
    }
    return finish(SLIPWAY_TRY(add(ops::Mul{}, {x(), size}, "normal")), kNoValue, kNoValue);
  }

  Graph& graph_;
  Rewriter& rewriter_;
  std::int32_t n_;
  Node node_;  // a copy: nodes move
};

}  // namespace

Result<bool> expand_normalizations(Graph& graph) {
  Rewriter rewriter(graph);
  bool changed = false;
  const auto count = static_cast<std::int32_t>(graph.nodes().size());
  for (std::int32_t n = 0; n < count; ++n) {
    Expansion expansion(graph, rewriter, n);
    if (expansion.fits() && SLIPWAY_TRY(expansion.run())) changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
