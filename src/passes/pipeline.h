#pragma once
// The passes in their order.

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "passes/passes.h"

namespace slipway::passes {

struct PassRow {
  std::string_view name;
  Pass run;
};

/// All passes, in the order in which they are run.
[[nodiscard]] std::span<const PassRow> pipeline();

/// One pass that was run.
struct PassRun {
  std::string_view name;
  bool changed = false;
  double ms = 0;  // without the check behind it; 0 where there is no clock
};

struct RunOptions {
  std::set<std::string> without;  // names of passes that are left out
  /// Called after each pass that was run, with the graph that it left.
  std::function<void(const PassRun&, const Graph&)> observe = {};
  const Clock* clock = nullptr;
};

/// Runs the pipeline; the graph is verified after every pass.
///
/// Errors  invalid_input: `without` has a name that no pass has; internal: a pass broke the graph
Result<void> run_pipeline(Graph& graph, const RunOptions& options = {});

}  // namespace slipway::passes
