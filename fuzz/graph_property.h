#pragma once
// What every fuzz target that reads models expects of a graph.

#include <cstdio>
#include <vector>

#include "base/check.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "ops/list.h"

namespace slipway {

/// Runs the graph on zeros where it is small; it may refuse, it may not break.
inline void run_if_small(const Graph& graph) {
  constexpr std::int64_t kMaxCost = 1 << 20;
  constexpr std::int64_t kMaxBytes = 1 << 20;
  const Cost cost = cost_of(graph);
  if (cost.macs < 0 || cost.ops < 0 || cost.macs > kMaxCost || cost.ops > kMaxCost) return;
  std::vector<Tensor> inputs;
  for (const auto id : graph.inputs()) {
    const auto& type = graph.type(id);
    if (!type.is_known() || type.bytes() > kMaxBytes) return;
    inputs.push_back(TensorBuilder(type).build());
  }
  const auto outputs = interpret(graph, inputs, {.max_bytes = 8 * kMaxBytes});
  if (outputs) SLIPWAY_CHECK(outputs->size() == graph.outputs().size());
}

/// Prints as text that reads back, and runs or refuses. Needs a graph that was verified.
inline void check_graph(const Graph& graph) {
  std::vector<Tensor> blobs;
  const auto text = to_text(graph, &blobs);
  const auto again = parse_graph(text, all_ops(), blobs);
  if (!again) std::fprintf(stderr, "%s\n%s\n", again.error().message.c_str(), text.c_str());
  SLIPWAY_CHECK(again);
  run_if_small(graph);
}

}  // namespace slipway
