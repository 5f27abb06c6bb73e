#pragma once
// Convolutions that multiply each pixel by itself.

#include "ir/graph.h"
#include "ops/conv/conv.h"

namespace slipway::passes {

/// The weights [1, 1, k, n] of a 1x1 convolution of floats over pictures, in one group; nullptr
/// where a node is another, or they are not known. Strides, pads and activations may be any.
inline const Tensor* point_weights(const Graph& graph, const Node& node) {
  const auto* conv = node.op.as<ops::Conv>();
  if (conv == nullptr || conv->group != 1) return nullptr;
  const auto* weights = graph.known(node.inputs[1]);
  const auto& x = graph.type(node.inputs[0]);
  const bool fits = weights != nullptr && weights->dtype() == DType::f32 &&
                    !weights->type().quant && x.dtype == DType::f32 && x.shape.is_known() &&
                    x.shape.rank() == 4 && weights->shape()[0] == 1 && weights->shape()[1] == 1;
  return fits ? weights : nullptr;
}

}  // namespace slipway::passes
