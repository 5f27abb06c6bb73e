#pragma once
// Changing a graph: new nodes anywhere, uses redirected, and one clean-up that puts the nodes
// back into an order in which they can run.

#include <string>
#include <vector>

#include "ir/graph.h"

namespace slipway {

/// Collects changes to a graph; finish() makes them whole. Ids stay valid until finish().
class Rewriter {
 public:
  explicit Rewriter(Graph& graph) : graph_(graph) {}

  /// Adds a node; it may stand behind its users until finish().
  ///
  /// Errors  as Graph::add
  Result<ValueId> add(AnyOp op, std::vector<ValueId> inputs, const std::string& name) {
    return graph_.add(std::move(op), std::move(inputs), name);
  }

  ValueId add_constant(const std::string& name, Tensor value) {
    return graph_.add_constant(name, std::move(value));
  }

  /// Every node and output that used `from` uses `to` instead, but for `to`'s own node.
  void replace_uses(ValueId from, ValueId to);

  /// `to` takes the place and the name of `from`, which gets another.
  void replace(ValueId from, ValueId to);

  /// Drops nodes that no output needs (inputs stay), orders the rest, renumbers, and infers all
  /// types anew.
  ///
  /// Errors  invalid_input: the changes made a cycle, or types that do not fit
  Result<void> finish();

 private:
  Graph& graph_;
};

}  // namespace slipway
