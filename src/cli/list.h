#pragma once
// The table of contents of cli/: every command there is.

#include <span>

#include "cli/command.h"

namespace slipway::cli {

/// In alphabetical order.
[[nodiscard]] std::span<const Command> all_commands();

/// The command whose name the words begin with, or nullptr.
[[nodiscard]] const Command* find_command(std::span<const std::string> words);

/// Whether commands of two words begin with this one: "zoo".
[[nodiscard]] bool is_noun(std::string_view word);

}  // namespace slipway::cli
