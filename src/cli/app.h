#pragma once
// From the words of a command line to an exit status.

#include <string>
#include <vector>

#include "cli/world.h"

namespace slipway::cli {

/// Carries out one command line (without the program's name): the result on world.out, errors and
/// notes on world.err.
int run_app(World& world, const std::vector<std::string>& words);

/// Flushes world.out. Returns `status`, or another where the result could not be written.
int finish(World& world, int status);

}  // namespace slipway::cli
