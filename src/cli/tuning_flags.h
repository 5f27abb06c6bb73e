#pragma once
// The flags by which a command measures kernels, or takes what was measured before.

#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/world.h"
#include "device/cpu/lower.h"

namespace slipway::cli {

class TuningFlags {
 public:
  void describe(Options& options);

  /// The choices for a graph that went through the passes: those of the tuning file, and of layers
  /// that it lacks the best that is measured now. What was measured is written back.
  ///
  /// Errors  a tuning file that is broken; those of lower()
  Result<cpu::Choices> choose(World& world, const Graph& graph, kernels::Isa isa,
                              cpu::Precision precision) const;

  /// What was said, for a deployment's provenance; empty where nothing was.
  [[nodiscard]] std::string words() const;

 private:
  std::optional<std::string> tune_;
  std::optional<std::string> file_;
};

}  // namespace slipway::cli
