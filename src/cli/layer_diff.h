#pragma once
// How two models differ: layers aligned by name, then by structure, and what is not the same.

#include <string>
#include <vector>

#include "base/json.h"
#include "ir/graph.h"

namespace slipway::cli {

/// One thing that is not the same, as text of both sides.
struct Change {
  std::string what;  // "shape", "stride", "weights 1"
  std::string a;
  std::string b;
};

/// A layer that has changed, or that only one side has.
struct LayerChange {
  enum class Kind : std::uint8_t { changed, only_a, only_b };

  Kind kind = Kind::changed;
  std::string name;        // in A, where it is there
  std::string other_name;  // in B, where that is another
  std::string op;
  std::vector<Change> changes;
};

struct GraphDiff {
  std::vector<LayerChange> layers;
  std::vector<Change> inputs;  // and outputs: their names and types
  std::vector<Change> recipe;  // members
  std::vector<Change> metadata;
  std::size_t renamed = 0;  // layers that differ in nothing but their names

  [[nodiscard]] bool equal() const {
    return layers.empty() && inputs.empty() && recipe.empty() && metadata.empty() && renamed == 0;
  }
};

[[nodiscard]] GraphDiff diff_graphs(const Graph& a, const Graph& b);

}  // namespace slipway::cli
