#pragma once
// The flags by which a command measures kernels, or takes what was measured before.

#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/world.h"
#include "device/cpu/tune.h"

namespace slipway::cli {

/// Of what the time and the file are.
struct TuningShare {
  bool each_its_file = false;  // "t.json" is "t.avx2.json" for that instruction set
  int of = 1;                  // the time that one plan takes is for so many
};

class TuningFlags {
 public:
  void describe(Options& options);

  /// The choices for a graph that went through the passes: those of the tuning file, and of layers
  /// that it lacks the best that is measured now, where this processor has the instruction set.
  /// What was measured is written back.
  ///
  /// Errors  a tuning file that is broken; those of lower()
  Result<cpu::Chosen> choose(World& world, const Graph& graph, kernels::Isa isa,
                             cpu::Precision precision, const TuningShare& share = {}) const;

  /// Whether somebody asked that kernels be measured now.
  [[nodiscard]] bool asks() const { return tune_.value_or("none") != "none"; }

  /// What was said, for a deployment's provenance; empty where nothing was.
  [[nodiscard]] std::string words() const;

 private:
  std::optional<std::string> tune_;
  std::optional<std::string> file_;
};

}  // namespace slipway::cli
