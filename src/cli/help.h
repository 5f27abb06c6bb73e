#pragma once
// What --help and the reference in docs/ say, made from the rows of the list.

#include <string>
#include <string_view>

#include "cli/command.h"

namespace slipway::cli {

/// The flags and arguments of a command, those that all commands have last.
void describe(const Command& command, Verb& verb, World& world, bool& help, Options& options);

/// slipway --help
[[nodiscard]] std::string overview(const World& world);

/// slipway zoo --help
[[nodiscard]] std::string overview_of(std::string_view noun, const World& world);

/// slipway classify --help
[[nodiscard]] std::string help_of(const Command& command, World& world);

/// "slipway classify MODEL IMAGE… [flags]"
[[nodiscard]] std::string usage_line(const Command& command, const Options& options);

/// docs/commands.md
[[nodiscard]] std::string reference(World& world);

}  // namespace slipway::cli
