#pragma once
// Errors as users see them, and the exit status that follows.

#include "cli/world.h"

namespace slipway::cli {

/// What a shell script sees: 2 usage, 3 what was given, 4 this machine, 70 our bug.
[[nodiscard]] int exit_status(Code code, bool is_usage);

/// The error in three lines on world.err, or as one JSON object.
void print_error(World& world, const Error& error, bool json);

}  // namespace slipway::cli
