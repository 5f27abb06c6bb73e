#pragma once
// What a user may write where a command takes a MODEL.

#include <span>
#include <string>

#include "cli/world.h"
#include "ir/graph.h"

namespace slipway::cli {

inline constexpr const char* kModelHelp =
    "a model file, a folder that holds exactly one, a path without its extension, or a name from "
    "'slipway zoo list'";

struct LoadedModel {
  Graph graph;
  std::string path;  // the file it came from, or "zoo:signs"
  double load_ms = 0;
};

/// Finds and reads a model: "zoo:" and a zoo name; a file; a folder with exactly one; a zoo name;
/// a path without extension beside which exactly one lies. Notes a file that a zoo name hides.
///
/// Errors  not_found: none of these; invalid_input: several candidates, by name; and those of
///         read_model, which looks for weights in `external_folders`, too
Result<LoadedModel> load_model(World& world, const std::string& argument,
                               std::span<const std::string> external_folders = {});

/// Whether a name ends like that of a model file.
[[nodiscard]] bool has_model_extension(std::string_view path);

}  // namespace slipway::cli
