#include "ir/rewrite.h"
#include "ops/elementwise/binary.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/fill.h"
#include "passes/passes.h"
#include "passes/pointwise.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// A single pixel that is repeated to the size of `id`, [1, 1, 1, c]; nothing where it is another.
std::optional<ValueId> single_pixel(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const auto* resize = node.op.as<ops::Resize>();
  const bool repeats = node.op.is<ops::Expand>() || node.op.is<ops::Tile>() ||
                       (resize != nullptr && resize->method != Interpolation::cubic &&
                        resize->coordinates != Coordinates::tf_crop_and_resize &&
                        !resize->exclude_outside && !resize->antialias);
  if (!repeats) return std::nullopt;
  const auto& from = graph.type(node.inputs[0]).shape;
  const auto& to = graph.type(id).shape;
  const bool single = from.is_known() && from.rank() == 4 && from[0] == 1 && from[1] == 1 &&
                      from[2] == 1 && from[3] == to[3];
  return single ? std::optional(node.inputs[0]) : std::nullopt;
}

/// Whether a convolution of known floats makes each pixel of a picture of the one at its place.
bool is_pointwise(const Graph& graph, const Node& node) {
  if (point_weights(graph, node) == nullptr) return false;
  const auto& x = graph.type(node.inputs[0]).shape;
  const auto& y = node.outputs[0].type.shape;
  return x[0] == 1 && y[1] == x[1] && y[2] == x[2];
}

/// What Concat joins, and which rows of the weights it meets.
struct Joined {
  std::vector<ValueId> inputs;
  std::vector<std::int64_t> rows;  // of the weights [1, 1, k, n]
};

/// The numbers of some rows of weights [1, 1, k, n].
Tensor rows_of(const Tensor& weights, const std::vector<std::int64_t>& rows) {
  const auto columns = static_cast<std::size_t>(weights.shape().back(0));
  const auto numbers = weights.values<float>();
  std::vector<float> out;
  for (const auto row : rows) {
    const auto from = numbers.subspan(static_cast<std::size_t>(row) * columns, columns);
    out.insert(out.end(), from.begin(), from.end());
  }
  return Tensor::of<float>({1, 1, std::ssize(rows), weights.shape().back(0)}, out);
}

class Hoist {
 public:
  explicit Hoist(Graph& graph) : graph_(graph), uses_(graph), rewriter_(graph) {}

  Result<bool> run() {
    bool changed = false;
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) changed = SLIPWAY_TRY(visit(n)) || changed;
    if (changed) SLIPWAY_TRY(rewriter_.finish());
    return changed;
  }

 private:
  Result<bool> visit(std::int32_t n) {
    const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
    if (!is_pointwise(graph_, node) || uses_.only_user(node.inputs[0]) != n) return false;
    const Node concat = graph_.node(node.inputs[0]);
    const auto* joins = concat.op.as<ops::Concat>();
    if (joins == nullptr || (joins->axis != 3 && joins->axis != -1)) return false;
    Joined uniform;
    Joined rest;
    std::int64_t row = 0;
    for (const auto id : concat.inputs) {
      const auto pixel = single_pixel(graph_, id);
      auto& to = pixel ? uniform : rest;
      to.inputs.push_back(pixel.value_or(id));
      for (const auto end = row + graph_.type(id).shape[3]; row < end; ++row)
        to.rows.push_back(row);
    }
    if (uniform.inputs.empty() || rest.inputs.empty()) return false;
    const auto& name = node.outputs[0].name;
    auto plain = *node.op.as<ops::Conv>();
    const Activation activation = std::exchange(plain.activation, Activation::none);
    const auto pixel = SLIPWAY_TRY(multiply(plain, node, uniform, false, name + "/pixel"));
    const auto all = SLIPWAY_TRY(multiply(plain, node, rest, true, name + "/rest"));
    const auto sum = SLIPWAY_TRY(rewriter_.add(ops::Add{activation}, {all, pixel}, name + "/sum"));
    rewriter_.replace({n, 0}, sum);
    return true;
  }

  /// The convolution of what was joined, with its rows of the weights.
  Result<ValueId> multiply(const ops::Conv& conv, const Node& node, const Joined& joined,
                           bool with_bias, const std::string& name) {
    ValueId x = joined.inputs[0];
    if (joined.inputs.size() > 1)
      x = SLIPWAY_TRY(rewriter_.add(ops::Concat{3}, joined.inputs, name + "/joined"));
    const auto weights = rewriter_.add_constant(
        name + "/weights", rows_of(*graph_.known(node.inputs[1]), joined.rows));
    std::vector<ValueId> inputs = {x, weights};
    if (with_bias) inputs.insert(inputs.end(), node.inputs.begin() + 2, node.inputs.end());
    return rewriter_.add(conv, std::move(inputs), name);
  }

  Graph& graph_;
  Uses uses_;
  Rewriter rewriter_;
};

}  // namespace

Result<bool> hoist_uniform(Graph& graph) { return Hoist(graph).run(); }

}  // namespace slipway::passes
