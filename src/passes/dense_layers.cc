#include "ir/rewrite.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "passes/passes.h"
#include "passes/turn.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

/// Weights that are a constant, or a constant that is dequantized.
ValueId constant_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  if (node.op.is<Constant>()) return id;
  const bool scaled = node.op.is<ops::Dequantize>() && node.inputs.size() == 1 &&
                      graph.node(node.inputs[0]).op.is<Constant>();
  return scaled ? node.inputs[0] : kNoValue;
}

/// The elements of a tensor in another order of its dimensions `dims`, under the type it had but
/// for the shape.
Result<Tensor> reordered(const Tensor& tensor, const std::vector<std::int64_t>& dims,
                         const Perm& perm, const Shape& shape) {
  const TensorType plain{tensor.dtype(), SLIPWAY_TRY(Shape::make(dims))};
  const TensorType turned{tensor.dtype(), SLIPWAY_TRY(ordered(plain.shape, perm))};
  const std::optional<Tensor> inputs[] = {SLIPWAY_TRY(tensor.as(plain))};
  const TensorType types[] = {turned};
  EvalIo io(inputs, types);
  if (io.has_work()) SLIPWAY_TRY(AnyOp(ops::Transpose{perm}).eval(io));
  return std::move(io).take()[0].as(tensor.type().with_shape(shape));
}

class Dense {
 public:
  explicit Dense(Graph& graph) : graph_(graph), rewriter_(graph), uses_(graph) {}

  Result<bool> run() {
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t n = 0; n < count; ++n) {
      const Node node = graph_.nodes()[static_cast<std::size_t>(n)];
      if (node.op.is<ops::BatchMatMul>()) SLIPWAY_TRY(from_product({n, 0}, node));
      if (node.op.is<ops::FullyConnected>()) SLIPWAY_TRY(take_order({n, 0}, node));
    }
    if (changed_) SLIPWAY_TRY(rewriter_.finish());
    return changed_;
  }

 private:
  /// A product with one constant matrix is a dense layer.
  Result<void> from_product(ValueId id, const Node& node) {
    const auto& op = *node.op.as<ops::BatchMatMul>();
    const ValueId w = node.inputs[1];
    const auto& shape = graph_.type(w).shape;
    const auto rank = shape.rank();
    const bool floats = graph_.type(node.inputs[0]).dtype == DType::f32 &&
                        graph_.type(w).dtype == DType::f32 && node.inputs.size() == 2;
    if (!floats || op.transpose_a || rank < 2 || !shape.is_known() ||
        graph_.type(node.inputs[0]).shape.rank() < rank || !constant_of(graph_, w).exists())
      return {};
    for (std::size_t i = 0; i + 2 < rank; ++i)
      if (shape[i] != 1) return {};
    ValueId matrix = w;
    if (rank > 2 || op.transpose_b) {
      if (!graph_.node(w).op.is<Constant>()) return {};
      const std::vector<std::int64_t> dims = {shape[rank - 2], shape[rank - 1]};
      const Perm perm = op.transpose_b ? Perm{1, 0} : Perm{0, 1};
      const Shape to = op.transpose_b ? Shape{dims[1], dims[0]} : Shape{dims[0], dims[1]};
      matrix = rewriter_.add_constant(graph_.value(w).name + "/matrix",
                                      SLIPWAY_TRY(reordered(*graph_.known(w), dims, perm, to)));
    }
    const auto name = graph_.value(id).name + "/dense";
    rewriter_.replace(
        id, SLIPWAY_TRY(rewriter_.add(ops::FullyConnected{}, {node.inputs[0], matrix}, name)));
    changed_ = true;
    return {};
  }

  /// FullyConnected(Reshape(Transpose(x)), w) is one of Reshape(x), with the rows of w in x's
  /// order.
  Result<void> take_order(ValueId id, const Node& node) {
    const ValueId row = node.inputs[0];
    const ValueId moved =
        graph_.node(row).op.is<ops::Reshape>() ? graph_.node(row).inputs[0] : kNoValue;
    const auto perm = perm_of(graph_, moved);
    const ValueId w = constant_of(graph_, node.inputs[1]);
    if (!perm || (*perm)[0] != 0 || !w.exists() || uses_.only_user(row) != id.node ||
        uses_.only_user(moved) != row.node)
      return {};
    const ValueId x = graph_.node(moved).inputs[0];
    const auto& from = graph_.type(moved).shape;
    const auto& to = graph_.type(row).shape;
    if (!from.is_known() || !to.is_known() || to.rank() != 2 || to[0] != from[0] ||
        graph_.type(row).quant != graph_.type(moved).quant)
      return {};
    std::vector<std::int64_t> dims(from.begin() + 1, from.end());
    dims.push_back(graph_.type(w).shape[1]);
    Perm order;
    const Perm back = inverse(*perm);
    for (std::size_t i = 1; i < back.size(); ++i) order.push_back(back[i] - 1);
    order.push_back(std::ssize(dims) - 1);
    const Tensor weights =
        SLIPWAY_TRY(reordered(*graph_.known(w), dims, order, graph_.type(w).shape));
    auto inputs = node.inputs;
    inputs[0] = SLIPWAY_TRY(reshaped(graph_, rewriter_, x, to));
    inputs[1] = rewriter_.add_constant(graph_.value(w).name + "/order", weights);
    if (w != node.inputs[1]) {
      const auto name = graph_.value(node.inputs[1]).name + "/order";
      inputs[1] = SLIPWAY_TRY(rewriter_.add(ops::Dequantize{}, {inputs[1]}, name));
    }
    Value out = node.outputs[0];
    out.name += "/order";
    const auto made = SLIPWAY_TRY(graph_.add_typed(node.op, std::move(inputs), {out}));
    rewriter_.replace(id, made[0]);
    changed_ = true;
    return {};
  }

  Graph& graph_;
  Rewriter rewriter_;
  Uses uses_;
  bool changed_ = false;
};

}  // namespace

Result<bool> dense_layers(Graph& graph) { return Dense(graph).run(); }

}  // namespace slipway::passes
