#include "ir/rewrite.h"
#include "ops/elementwise/binary.h"
#include "ops/pool/pool.h"
#include "ops/shape/concat.h"
#include "ops/shape/slice.h"
#include "passes/passes.h"
#include "passes/pointwise.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// What both convolutions read together. Where more has to be joined, who makes it no longer writes
/// it side by side, and to copy it takes longer than to add.
constexpr std::int64_t kMostBytes = std::int64_t{2} << 20U;

/// One side of a sum: a 1x1 convolution of floats.
struct Side {
  ValueId x;
  std::vector<std::int64_t> stride;  // of rows and columns
  const Tensor* weights = nullptr;   // [1, 1, k, n]
  const Tensor* bias = nullptr;      // or nullptr

  [[nodiscard]] bool skips() const { return stride[0] != 1 || stride[1] != 1; }
};

std::optional<Side> side_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const auto* weights = point_weights(graph, node);
  // Weights on a grid (dequantized ones) stay on it.
  if (weights == nullptr || !graph.node(node.inputs[1]).op.is<Constant>()) return std::nullopt;
  Side out{.x = node.inputs[0], .weights = weights};
  const auto& conv = *node.op.as<ops::Conv>();
  const auto window = conv.window(graph.type(out.x).shape, out.weights->shape());
  constexpr Window::Dims kNone = {0, 0, 0};
  const bool fits = window && window->pad == kNone && window->pad_end == kNone &&
                    conv.activation == Activation::none && graph.type(id).dtype == DType::f32;
  if (!fits) return std::nullopt;
  if (node.inputs.size() > 2 && node.inputs[2].exists()) {
    out.bias = graph.known(node.inputs[2]);
    if (out.bias == nullptr || out.bias->dtype() != DType::f32) return std::nullopt;
  }
  out.stride = {window->stride[1], window->stride[2]};
  return out;
}

/// The sums of biases; nothing where no side has any.
std::vector<float> biases_of(const Side& a, const Side& b, std::int64_t outputs) {
  if (a.bias == nullptr && b.bias == nullptr) return {};
  std::vector<float> out(static_cast<std::size_t>(outputs), 0);
  for (const auto* bias : {a.bias, b.bias})
    for (std::size_t i = 0; bias != nullptr && i < out.size(); ++i)
      out[i] += bias->values<float>()[i];
  return out;
}

class Join {
 public:
  explicit Join(Graph& graph) : graph_(graph), uses_(graph), rewriter_(graph) {}

  Result<bool> run() {
    bool changed = false;
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) changed = SLIPWAY_TRY(visit({n, 0})) || changed;
    if (changed) SLIPWAY_TRY(rewriter_.finish());
    return changed;
  }

 private:
  /// Whether a node can read and write values that lie beside others.
  [[nodiscard]] bool is_spread(std::int32_t n) const {
    const auto& op = graph_.node({n, 0}).op;
    return op.is<ops::Conv>() || op.is<ops::MaxPool>() || op.is<ops::AveragePool>();
  }

  /// Whether what a side reads can be computed beside another value, or is copied anyway.
  [[nodiscard]] bool is_movable(const Side& side) const {
    if (graph_.known(side.x) != nullptr) return false;
    return side.skips() ||
           (is_spread(side.x.node) && uses_.all(side.x, [&](auto n) { return is_spread(n); }));
  }

  Result<bool> visit(ValueId y) {
    const Node node = graph_.node(y);
    const auto* add = node.op.as<ops::Add>();
    if (add == nullptr || node.inputs.size() != 2) return false;
    std::vector<Side> sides;
    for (const auto id : node.inputs) {
      const auto side = uses_.only_user(id) == y.node ? side_of(graph_, id) : std::nullopt;
      if (!side || graph_.type(id).shape != graph_.type(y).shape) return false;
      sides.push_back(*side);
    }
    const auto& [a, b] = std::tie(sides[0], sides[1]);
    if (a.x == b.x || !is_movable(a) || !is_movable(b)) return false;
    const auto& shape = graph_.type(y).shape;
    const auto outputs = shape[3];
    if (outputs == 0) return false;
    const std::int64_t depth = a.weights->shape()[2] + b.weights->shape()[2];
    if (shape.elements() / outputs * depth * 4 > kMostBytes) return false;
    const auto name = node.outputs[0].name;
    std::vector<float> weights;
    std::vector<ValueId> inputs;
    for (const auto& side : sides) {
      const auto numbers = side.weights->values<float>();
      weights.insert(weights.end(), numbers.begin(), numbers.end());
      inputs.push_back(SLIPWAY_TRY(pixels_of(side, name)));
    }
    const auto x = SLIPWAY_TRY(rewriter_.add(ops::Concat{3}, inputs, name + "/joined"));
    const auto w = rewriter_.add_constant(name + "/weights",
                                          Tensor::of<float>({1, 1, depth, outputs}, weights));
    std::vector<ValueId> all = {x, w};
    if (const auto bias = biases_of(a, b, outputs); !bias.empty())
      all.push_back(rewriter_.add_constant(name + "/bias", Tensor::of<float>({outputs}, bias)));
    ops::Conv conv;
    conv.activation = add->activation;
    rewriter_.replace(y, SLIPWAY_TRY(rewriter_.add(conv, std::move(all), name + "/sum")));
    return true;
  }

  /// Those that a convolution reads.
  Result<ValueId> pixels_of(const Side& side, const std::string& name) {
    if (!side.skips()) return side.x;
    const auto numbers = [&](const char* what, const std::vector<std::int64_t>& values) {
      return rewriter_.add_constant(fmt::format("{}/{}", name, what),
                                    Tensor::of<std::int64_t>({2}, values));
    };
    const auto& shape = graph_.type(side.x).shape;
    const auto starts = numbers("starts", {0, 0});
    const auto ends = numbers("ends", {shape[1], shape[2]});
    const auto axes = numbers("axes", {1, 2});
    const auto steps = numbers("steps", side.stride);
    return rewriter_.add(ops::Slice{}, {side.x, starts, ends, axes, steps}, name + "/skipped");
  }

  Graph& graph_;
  Uses uses_;
  Rewriter rewriter_;
};

}  // namespace

Result<bool> join_pointwise(Graph& graph) { return Join(graph).run(); }

}  // namespace slipway::passes
