#pragma once
// Which format a model is written in.

#include <string>
#include <vector>

#include "cli/world.h"
#include "formats/format.h"

namespace slipway::cli {

/// The ends of files that we can write models into, with their dots: ".onnx".
[[nodiscard]] std::vector<std::string> extensions_to_write();

/// The format that `path` ends in, if it can be written.
///
/// Errors  invalid_input: none, with those that there are
Result<const Format*> format_to_write(World& world, const std::string& path);

}  // namespace slipway::cli
