#pragma once
// A network that takes a picture's bytes in place of the numbers that its recipe makes of them.

#include "ir/graph.h"

namespace slipway::compile {

/// Gives the picture input of a graph the type u8[N,H,W,C] with a scale of 1, and carries out what
/// its recipe says of mean, std and layout, and the quantization of a quantized input, behind it:
/// in the arithmetic of vision/preprocess.h, so that outputs are the same. The recipe says so
/// after: mean 0, std 1, nhwc; colours stay in its order. Nothing changes where the input is such
/// already.
///
/// Errors  invalid_input: the graph has no recipe, or not one input that the recipe has pictures
///         for; unsupported: an input of integers without a scale that are not the bytes themselves
Result<void> take_bytes(Graph& graph);

}  // namespace slipway::compile
