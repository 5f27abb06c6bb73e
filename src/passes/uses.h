#pragma once
// Who uses a value.

#include <algorithm>
#include <map>
#include <vector>

#include "ir/graph.h"

namespace slipway::passes {

/// The nodes that use each value of a graph, and whether it is an output. Made once; changes of the
/// graph are not seen.
class Uses {
 public:
  explicit Uses(const Graph& graph) {
    for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
      for (const auto id : graph.nodes()[static_cast<std::size_t>(n)].inputs)
        if (id.exists()) users_[id].push_back(n);
    }
    for (const auto id : graph.outputs()) users_[id].push_back(kOutput);
  }

  /// Whether a node uses a value, or the graph gives it out.
  [[nodiscard]] bool any(ValueId id) const { return users_.contains(id); }

  /// Whether all that use a value, which is no output of the graph, are such nodes.
  template <class Is>
  [[nodiscard]] bool all(ValueId id, const Is& is) const {
    const auto at = users_.find(id);
    return at == users_.end() ||
           std::ranges::all_of(at->second, [&](std::int32_t n) { return n != kOutput && is(n); });
  }

  /// The only user of a value that is no output of the graph; -1 where there is another number.
  [[nodiscard]] std::int32_t only_user(ValueId id) const {
    const auto at = users_.find(id);
    const bool one = at != users_.end() && at->second.size() == 1;
    return one ? at->second[0] : kOutput;
  }

 private:
  static constexpr std::int32_t kOutput = -1;
  std::map<ValueId, std::vector<std::int32_t>> users_;
};

}  // namespace slipway::passes
