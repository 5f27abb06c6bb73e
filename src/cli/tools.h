#pragma once
// Other programs that make something possible.

#include <string>
#include <string_view>

#include "cli/world.h"

namespace slipway::cli {

/// Where a program lies, or nothing.
[[nodiscard]] std::string find_program(const World& world, std::string_view program);

/// What graphviz makes of `source`: "svg", "png" or "pdf".
///
/// Errors  unavailable: graphviz is not there, with the line that installs it; unsupported: it
///         refuses, with what it says; timeout: over two minutes
Result<Bytes> draw_graph(World& world, const std::string& source, const std::string& format);

}  // namespace slipway::cli
