#pragma once
// A graph as a drawing for graphviz.

#include <string>

#include "ir/graph.h"

namespace slipway {

/// Graphviz source: one box per node but constants, one arrow per value with its type.
[[nodiscard]] std::string to_dot(const Graph& graph);

}  // namespace slipway
