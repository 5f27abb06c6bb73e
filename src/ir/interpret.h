#pragma once
// The reference interpreter: runs a graph op by op, by each op's own eval. Slow, obvious, and the
// truth that everything fast is compared with.

#include <functional>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace slipway {

struct InterpretOptions {
  /// Called with each computed value, in order; for comparing layer by layer.
  std::function<void(ValueId, const Tensor&)> observe;

  /// The most bytes that all values alive at one time may take.
  std::int64_t max_bytes = std::int64_t{8} << 30U;
};

/// Errors  invalid_input: inputs of another count, element type or shape than the graph's
Result<void> check_inputs(const Graph& graph, std::span<const Tensor> inputs);

/// The outputs of `graph` for these inputs, in the graph's order. Values are dropped after their
/// last use.
///
/// Errors  invalid_input: inputs of another count, element type or shape, or data that an op
///         cannot take; unsupported: more memory needed than allowed
Result<std::vector<Tensor>> interpret(const Graph& graph, std::span<const Tensor> inputs,
                                      const InterpretOptions& options = {});

}  // namespace slipway
