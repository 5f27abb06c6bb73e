#pragma once
// Changes that leave what a graph computes as it was, or say by how much it differs. Each stands in
// its own file; pipeline.cc has their order.

#include "ir/graph.h"

namespace slipway::passes {

/// Whether something changed.
///
/// Errors  internal: the pass broke the graph
using Pass = Result<bool> (*)(Graph&);

/// Nodes whose inputs are all known become constants, within a budget, and so does what only asks
/// for shapes. Weights that are dequantized stay integers.
Result<bool> fold_constants(Graph& graph);

/// Drops nodes that change nothing (casts to the same type, pads of nothing, whole slices …) and
/// those that no output needs. A chain of reshapes becomes one, with a constant shape.
Result<bool> drop_dead(Graph& graph);

/// Moves transpositions behind what works element by element (activations, quantization, sums of
/// two values that are transposed alike), into reductions, and drops those that undo each other.
Result<bool> sink_transposes(Graph& graph);

/// Activations join the convolution, dense layer or sum before them, where nothing else uses it.
Result<bool> fuse_activations(Graph& graph);

/// Quantize undoes Dequantize where both have the same scale; reshapes between them stay.
Result<bool> cancel_pairs(Graph& graph);

/// A float operator between Dequantize and Quantize becomes the operator on integers that rounds as
/// ONNX Runtime's fused one does (real_even). Outputs differ where a float sum lies next to the
/// middle of two steps: rarely, and by one step.
Result<bool> quantize_pairs(Graph& graph);

}  // namespace slipway::passes
