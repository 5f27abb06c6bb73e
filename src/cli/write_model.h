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

struct WrittenModel {
  std::vector<std::string> paths;  // the model last
  std::int64_t bytes = 0;
  bool equal = false;  // whether it reads back as the very same graph
};

/// Writes a model after reading again what would be written: nobody should find out later that a
/// file cannot be read.
///
/// Errors  those of write_model and read_model
Result<WrittenModel> write_checked(World& world, const Format& format, const Graph& graph,
                                   const std::string& path);

}  // namespace slipway::cli
