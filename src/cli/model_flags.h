#pragma once
// --shape and --allow-external: what a model's file leaves open, and where its weights may lie.

#include <span>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/world.h"
#include "ir/graph.h"

namespace slipway::cli {

/// Whether a shape for an input that the model does not have is an error.
enum class Unknown : std::uint8_t { refused, ignored };

class ModelFlags {
 public:
  void describe(Options& options);

  /// Gives the inputs the shapes that the flag says.
  ///
  /// Errors  invalid_input, not_found: no shape, no such input, or one that does not fit
  Result<void> apply(World& world, Graph& graph, Unknown unknown = Unknown::refused) const;

  /// Folders beside the model's own in which its weights may lie.
  [[nodiscard]] std::span<const std::string> external_folders() const { return folders_; }

 private:
  std::vector<std::string> words_;
  std::vector<std::string> folders_;
};

/// For what must run: refuses an input with a dimension that is open, the batch apart, and says how
/// to give it.
///
/// Errors  invalid_input
Result<void> check_is_known(const Graph& graph, ValueId input);

}  // namespace slipway::cli
