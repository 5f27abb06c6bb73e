#pragma once
// The machine and the program behind a figure, so that two figures can be told to be comparable.

#include <string>
#include <string_view>
#include <vector>

#include "cli/world.h"

namespace slipway::cli {

/// Whether what points to a person or a place is left out: names of host and user, folders.
enum class Redact : bool { no, yes };

/// What the system says of itself, in files that anybody may read: host, user, operating system,
/// kernel and its command line, processor and its flags, cores, caches, memory, board, firmware,
/// virtual machine, container, limits, clock source, mitigations, and the variables that change
/// what is measured. What it does not say is null. `digest` is the SHA-256 of what stays the same
/// from run to run: equal for equal machines.
[[nodiscard]] Json fingerprint_json(const World& world, Redact redact);

/// The variables of it that are set, by name.
[[nodiscard]] Json variables_json(const World& world, Redact redact);

/// The last part of a path where names of folders are left out.
[[nodiscard]] std::string path_text(const std::string& path, Redact redact);

/// `text`, of any number of lines, with each absolute path in it cut to its last part, and each of
/// the paths `known`, which may be relative or have spaces.
[[nodiscard]] std::string without_folders(std::string_view text,
                                          const std::vector<std::string>& known = {});

}  // namespace slipway::cli
