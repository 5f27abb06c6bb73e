#pragma once
// What `run` does with a deployment: runs it again and again, and compares it with its reference.

#include <optional>
#include <string>
#include <vector>

#include "cli/world.h"

namespace slipway::cli {

struct RunDeployment {
  std::string path;
  std::vector<std::string> inputs;  // --input
  std::uint64_t seed = 1;
  int runs = 100;
  std::optional<int> threads;
  std::string isa;  // empty: the newest that runs
  std::optional<double> tolerance;
  bool profile = false;
  std::string save;
};

/// The exit status: 1 where an output is further from its reference than the tolerance.
Result<int> run_deployment(World& world, const RunDeployment& what);

}  // namespace slipway::cli
