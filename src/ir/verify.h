#pragma once
// Checks that a graph keeps the promises everything else relies on.

#include "ir/graph.h"

namespace slipway {

/// Inputs stand before their users, ids exist, names are unique, every output has the type its op
/// infers, quantization fits the shape, and there is at least one output.
///
/// Errors  invalid_input: the first promise that is broken, with the node
Result<void> verify(const Graph& graph);

}  // namespace slipway
