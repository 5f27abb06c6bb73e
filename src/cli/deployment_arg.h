#pragma once
// Deployments where a command takes a MODEL.

#include <optional>
#include <string>

#include "cli/world.h"
#include "compile/package.h"
#include "compile/runner.h"
#include "ir/graph.h"

namespace slipway::cli {

/// Whether an argument means a deployment: its folder, or an archive of it.
[[nodiscard]] bool is_deployment_arg(const Files& files, const std::string& argument);

struct LoadedDeployment {
  compile::Deployment deployment;
  compile::Runner runner;
  double load_ms = 0;  // opening it, when its files are known to be whole
};

/// Reads, checks and opens a deployment. No `threads`: as many as it says itself; no `isa`: its
/// newest plan that this processor runs.
///
/// Errors  those of read_package and Runner::open
Result<LoadedDeployment> load_deployment(World& world, const std::string& argument,
                                         std::optional<int> threads, const std::string& isa = "");

/// "avx2", or "avx2 of bf16_512, avx2, portable" where it was compiled for several.
[[nodiscard]] std::string isa_words(const LoadedDeployment& loaded);

/// A graph with the inputs and outputs of a deployment and its recipe, and nothing between: for
/// what asks a graph about them.
[[nodiscard]] Graph signature_of(const compile::Deployment& deployment);

}  // namespace slipway::cli
