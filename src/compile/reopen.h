#pragma once
// Two deployments whose times are compared.

#include <cstdint>
#include <vector>

#include "compile/package.h"
#include "compile/runner.h"

namespace slipway::compile {

struct Rival {
  Deployment deployment;
  Runner runner;
  std::vector<Tensor> inputs;  // of each session
};

/// Gives both new sessions, and their constants a new place in memory, in an order that changes
/// with every second round. Where they lie makes a network faster or slower by a percent, for as
/// long as they lie there: of two that are the same, one would win each time.
///
/// Errors  those of Runner::open and set_input
Result<void> reopen(Rival& a, Rival& b, std::int64_t round);

}  // namespace slipway::compile
