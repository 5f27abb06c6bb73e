#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/fully_connected.h"
#include "passes/passes.h"
#include "passes/uses.h"

namespace slipway::passes {
namespace {

std::optional<Activation> activation_of(const AnyOp& op) {
  if (op.is<ops::Relu>()) return Activation::relu;
  if (op.is<ops::Relu6>()) return Activation::relu6;
  if (op.is<ops::ReluN1To1>()) return Activation::relu_n1_to_1;
  return std::nullopt;
}

/// The op with the activation, if it is a T that has none.
template <class T>
std::optional<AnyOp> with(const AnyOp& op, Activation activation) {
  const T* is = op.as<T>();
  if (is == nullptr || is->activation != Activation::none) return std::nullopt;
  T changed = *is;
  changed.activation = activation;
  return AnyOp(changed);
}

std::optional<AnyOp> activated(const AnyOp& op, Activation activation) {
  std::optional<AnyOp> out = with<ops::Conv>(op, activation);
  if (!out) out = with<ops::FullyConnected>(op, activation);
  if (!out) out = with<ops::Add>(op, activation);
  return out;
}

}  // namespace

Result<bool> fuse_activations(Graph& graph) {
  const Uses uses(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const Node node = graph.nodes()[static_cast<std::size_t>(n)];
    const auto activation = activation_of(node.op);
    if (!activation || node.outputs[0].type.dtype != DType::f32) continue;
    const ValueId x = node.inputs[0];
    auto op = activated(graph.node(x).op, *activation);
    if (!op || uses.only_user(x) != n) continue;
    graph.replace_op(x, std::move(*op));
    const ValueId y{n, 0};
    rewriter.replace(y, x);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
