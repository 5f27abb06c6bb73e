#pragma once
// What a figure was measured with, so that it can say so.

#include <string>

#include "cli/world.h"

namespace slipway::cli {

/// "AMD EPYC 9B14", as Linux says it.
[[nodiscard]] std::string machine_name(const Files& files);

/// "clang 16.0.6": what compiled this program.
[[nodiscard]] std::string compiler_name();

/// Processor, cores, memory, system, load and the versions of this program. What the system does
/// not say is null.
[[nodiscard]] Json environment_json(const Files& files);

}  // namespace slipway::cli
