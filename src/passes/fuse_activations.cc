#include "ir/rewrite.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
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

template <class... T>
std::optional<AnyOp> first_with(const AnyOp& op, Activation activation) {
  std::optional<AnyOp> out;
  const auto keep = [&](std::optional<AnyOp> one) {
    if (one) out = std::move(one);
  };
  (keep(with<T>(op, activation)), ...);
  return out;
}

std::optional<AnyOp> activated(const AnyOp& op, Activation activation) {
  return first_with<ops::Conv, ops::ConvTranspose, ops::FullyConnected, ops::Add, ops::Sub,
                    ops::Mul, ops::Div, ops::MaxPool, ops::AveragePool>(op, activation);
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
    const bool alone = graph.node(x).outputs.size() == 1;  // a maximum may tell its place, too
    if (!op || !alone || uses.only_user(x) != n) continue;
    graph.replace_op(x, std::move(*op));
    const ValueId y{n, 0};
    rewriter.replace(y, x);
    changed = true;
  }
  if (changed) SLIPWAY_TRY(rewriter.finish());
  return changed;
}

}  // namespace slipway::passes
