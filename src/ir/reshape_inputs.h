#pragma once
// Giving the inputs of a graph the dimensions that its file left open.

#include <string>
#include <vector>

#include "ir/graph.h"

namespace slipway {

/// The shape that one input is to have.
struct InputShape {
  std::string name;
  Shape shape;
};

/// Sets the open dimensions of inputs and infers all types anew. Nodes that no output needs go.
///
/// Errors  not_found: no input of that name, with the names there are; invalid_input: a shape that
///         contradicts what the input has, is itself open, or that the graph cannot take, with the
///         node that says so
Result<void> set_input_shapes(Graph& graph, const std::vector<InputShape>& shapes);

/// Whether a dimension of an input is open; of its first dimension, the batch, only if `batch`.
[[nodiscard]] bool is_open(const Shape& shape, bool batch);

/// `shape` with likely numbers for what is open, for an example: 1 picture, 3 channels, 224 pixels.
[[nodiscard]] Shape filled(const Shape& shape);

}  // namespace slipway
