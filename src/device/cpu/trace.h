#pragma once
// What an op that only moves elements does with them, found by running it on their numbers.

#include <optional>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace slipway::cpu {

/// The outputs of an op on these inputs, as its definition computes them.
///
/// Errors  what eval says
Result<std::vector<Tensor>> evaluate(const AnyOp& op, std::span<const std::optional<Tensor>> inputs,
                                     const std::vector<TensorType>& outputs);

/// What the node computes with these tensors in place of its inputs; the others must be known.
///
/// Errors  unsupported: another input is not known; what eval says
Result<std::vector<Tensor>> evaluate(const Graph& graph, const Node& node,
                                     std::vector<std::optional<Tensor>> inputs);

/// Some elements of an input and where they go, both in elements.
struct Moved {
  std::vector<std::int64_t> to;
  std::vector<std::int64_t> from;
};

/// What becomes of one output of a node: for each input that has elements there, which and where,
/// and the places of elements that come from none, all in the order of the output.
struct Trace {
  std::vector<Moved> inputs;  // as many as `moving`
  std::vector<std::int64_t> filled;
};

/// The trace of each output of a node that copies elements of its inputs `moving`, and writes zeros
/// (of its own type) elsewhere.
///
/// Errors  unsupported: too many elements, or an input besides that is not known
Result<std::vector<Trace>> trace(const Graph& graph, const Node& node,
                                 std::span<const std::size_t> moving);

/// One loop over elements.
struct Axis {
  std::int64_t size = 1;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// The loops, the outermost first, that visit exactly these pairs in this order; nothing where more
/// than `most` would be needed.
[[nodiscard]] std::optional<std::vector<Axis>> as_loops(Moved moved, std::size_t most);

}  // namespace slipway::cpu
