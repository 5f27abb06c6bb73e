#pragma once
// Nodes that compute the same with their dimensions in another order.

#include <optional>
#include <vector>

#include "ir/rewrite.h"

namespace slipway::passes {

/// Dimension i of the turned value is dimension perm[i] of the value.
using Perm = std::vector<std::int64_t>;

/// (0, 2, 3, 1): channels move to the end.
[[nodiscard]] bool moves_channels_last(const Perm& perm);

/// (0, 3, 1, 2): the way back.
[[nodiscard]] bool moves_channels_first(const Perm& perm);

[[nodiscard]] bool is_identity(const Perm& perm);

[[nodiscard]] Perm inverse(const Perm& perm);

/// Whether all dimensions but ones stay in their order: the elements do, too.
[[nodiscard]] bool moves_ones_only(const Shape& shape, const Perm& perm);

/// The shape in another order.
Result<Shape> ordered(const Shape& shape, const Perm& perm);

/// Whether a node works on each element by itself, and so takes any order and any shape.
[[nodiscard]] bool works_on_elements(const Graph& graph, const Node& node);

/// The permutation of the Transpose that makes a value, counted from the front; nothing where the
/// value has another maker, a scale per channel, or a scale other than that of what is transposed.
[[nodiscard]] std::optional<Perm> perm_of(const Graph& graph, ValueId id);

/// How a node is turned: its op, and what becomes of each input.
struct Turn {
  enum class How : std::uint8_t { turned, kept, replaced };

  AnyOp op;
  std::vector<How> how;
  std::vector<Tensor> constants;  // for the replaced inputs, in their order
};

/// The node whose outputs are those of `node` in the order of `perm`; nothing where there is none.
[[nodiscard]] std::optional<Turn> turn_of(const Graph& graph, const Node& node, const Perm& perm);

/// A reduction that drops dimensions, on an input before it was transposed; `order` is that of what
/// is left, a permutation of its result.
struct Reduction {
  AnyOp op;
  Perm order;
};

/// Nothing where `node` is no such reduction.
[[nodiscard]] std::optional<Reduction> reduction_of(const Graph& graph, const Node& node,
                                                    const Perm& perm);

/// Whether a value can be had in another order without moving an element while the network runs.
[[nodiscard]] bool turns_freely(const Graph& graph, ValueId id, const Perm& perm);

/// The value in another order: what it was transposed from, a constant, a reshape, or a Transpose.
/// One of fewer dimensions gets ones in front, as broadcasting has it.
///
/// Errors  as Rewriter::add
Result<ValueId> turned(Graph& graph, Rewriter& rewriter, ValueId id, const Perm& perm);

/// The value under another shape, by a Reshape.
///
/// Errors  as Rewriter::add
Result<ValueId> reshaped(Graph& graph, Rewriter& rewriter, ValueId id, const Shape& shape);

}  // namespace slipway::passes
