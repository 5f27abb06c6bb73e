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

/// The same for weights that are dequantized where their layer takes floats.
Result<bool> fold_weights(Graph& graph);

/// Drops nodes that change nothing (casts to the same type, pads of nothing, whole slices …) and
/// those that no output needs. A chain of reshapes becomes one, with a constant shape.
Result<bool> drop_dead(Graph& graph);

/// Channels that are shuffled by reshapes around a transposition: a group of those that were in
/// order before is a slice in steps, and shuffles of channels that were moved to the front become
/// shuffles of the last dimension.
Result<bool> move_shuffles(Graph& graph);

/// Transpositions that move channels to the end go up, all others down, through whatever can be
/// computed in another order (element by element, along axes, pads, slices, reductions); where two
/// meet they become one or none. Those that move only ones become reshapes. Sums over several axes
/// are taken in another order.
Result<bool> sink_transposes(Graph& graph);

/// Products with a constant matrix become dense layers, and layers behind a transposition that is
/// flattened take what comes before it, with their rows in its order. Sums are taken in another
/// order.
Result<bool> dense_layers(Graph& graph);

/// BatchNormalization, and sums and products with a constant per channel, join the convolution or
/// dense layer of floats before them, or the one behind them where no zeros stand around its input;
/// several in a row become one product and one sum. Constants are computed in f64 and rounded once:
/// outputs differ by roundings of f32.
Result<bool> fold_batch_norm(Graph& graph);

/// SpaceToBatch, convolution, BatchToSpace: a convolution with dilation.
Result<bool> fold_dilations(Graph& graph);

/// Pads of zeros (the zero point) join the convolution or average behind them; those that no
/// maximum sees, the pool.
Result<bool> fold_pads(Graph& graph);

/// Activations that files spell out become one operation: clamps between the bounds of the
/// rectifiers, x * Relu6(x + 3) / 6, x * Sigmoid(x), x * Tanh(Softplus(x)), x / 2 * (1 + Erf(x /
/// sqrt(2))). Outputs differ by roundings of f32.
Result<bool> match_activations(Graph& graph);

/// Activations join the convolution, dense layer, pool, sum, product … before them, where nothing
/// else uses it.
Result<bool> fuse_activations(Graph& graph);

/// A 1x1 convolution of floats that joins pixels with one pixel repeated (the mean of all, as
/// segmentation networks have it) multiplies that one once, and adds it to the sums of the others.
/// Sums are taken in another order.
Result<bool> hoist_uniform(Graph& graph);

/// A sum of two 1x1 convolutions of floats (a residual block that changes the channels) becomes one
/// over both inputs side by side, where these can be computed there. Sums are taken in another
/// order. Not for networks that are to be quantized: both inputs would share a scale.
Result<bool> join_pointwise(Graph& graph);

/// Quantize undoes Dequantize where both have the same scale; reshapes between them stay.
Result<bool> cancel_pairs(Graph& graph);

/// FakeQuantize to 256 steps of which 0 is one becomes Quantize and Dequantize. Outputs differ
/// where a float lies next to the middle of two steps: rarely, and by one step.
Result<bool> split_fake_quantize(Graph& graph);

/// What only moves elements moves bytes rather than the floats that they stand for: Dequantize goes
/// behind reshapes, slices, concatenations of one scale and maxima; and Quantize, which brings
/// inputs of several scales to one, before a concatenation.
Result<bool> move_bytes(Graph& graph);

/// Functions of a byte, in integers or in floats between Dequantize and Quantize, become tables.
Result<bool> tabulate(Graph& graph);

/// Tables are looked up before elements are repeated (nearest neighbours of a larger picture,
/// tiles), not for each copy of them.
Result<bool> raise_lookups(Graph& graph);

/// Activations of signed bytes become unsigned ones: zero points and constants move by 128, weights
/// stay. Inputs and outputs of the graph, and values whose maker or user computes with the integers
/// themselves, stay signed; a Quantize of the same scale stands between. Bit-exact.
Result<bool> unsigned_activations(Graph& graph);

/// A float operator between Dequantize and Quantize becomes the operator on integers that rounds as
/// ONNX Runtime's fused one does (real_even); float weights must lie on a grid of signed bytes, one
/// per output, and a float bias is rounded to the steps of the sum. Outputs differ where a float
/// sum lies next to the middle of two steps: rarely, and by one step.
Result<bool> quantize_pairs(Graph& graph);

/// Normalizations of floats, by layer, group or picture, by length, or by neighbouring channels,
/// become reductions, products and sums. Outputs differ by roundings of f32.
Result<bool> expand_normalizations(Graph& graph);

}  // namespace slipway::passes
