#include "cli/list.h"

#include <algorithm>

#include "cli/verbs.h"

namespace slipway::cli {

/// A new command is one line here and one in verbs.h.
std::span<const Command> all_commands() {
  static const std::vector<Command> kCommands = {
      accuracy_command(),
      bench_command(),
      classify_command(),
      compare_command(),
      compare_runs_command(),
      compile_command(),
      completion_command(),
      convert_command(),
      detect_command(),
      devices_check_command(),
      devices_list_command(),
      doctor_command(),
      help_command(),
      inspect_command(),
      plan_command(),
      plot_command(),
      quantize_command(),
      report_command(),
      run_command(),
      segment_command(),
      sweep_command(),
      telemetry_kill_command(),
      telemetry_run_command(),
      telemetry_start_command(),
      telemetry_stop_command(),
      version_command(),
      zoo_images_command(),
      zoo_list_command(),
      zoo_make_command(),
  };
  return kCommands;
}

const Command* find_command(std::span<const std::string> words) {
  for (const auto& command : all_commands()) {
    if (words.size() >= 2 && command.name == words[0] + " " + words[1]) return &command;
    if (!words.empty() && command.name == words[0]) return &command;
  }
  return nullptr;
}

bool is_noun(std::string_view word) {
  const auto commands = all_commands();
  return std::any_of(commands.begin(), commands.end(), [&](const Command& command) {
    return command.name.starts_with(std::string(word) + " ");
  });
}

}  // namespace slipway::cli
