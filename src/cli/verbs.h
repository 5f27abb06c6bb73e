#pragma once
// What each file of cli/ that holds commands gives to the list.

#include "cli/command.h"

namespace slipway::cli {

[[nodiscard]] Command accuracy_command();
[[nodiscard]] Command bench_command();
[[nodiscard]] Command classify_command();
[[nodiscard]] Command compare_command();
[[nodiscard]] Command compare_runs_command();
[[nodiscard]] Command compile_command();
[[nodiscard]] Command completion_command();
[[nodiscard]] Command convert_command();
[[nodiscard]] Command detect_command();
[[nodiscard]] Command devices_check_command();
[[nodiscard]] Command devices_list_command();
[[nodiscard]] Command doctor_command();
[[nodiscard]] Command help_command();
[[nodiscard]] Command inspect_command();
[[nodiscard]] Command plan_command();
[[nodiscard]] Command plot_command();
[[nodiscard]] Command quantize_command();
[[nodiscard]] Command report_command();
[[nodiscard]] Command run_command();
[[nodiscard]] Command segment_command();
[[nodiscard]] Command sweep_command();
[[nodiscard]] Command telemetry_kill_command();
[[nodiscard]] Command telemetry_run_command();
[[nodiscard]] Command telemetry_start_command();
[[nodiscard]] Command telemetry_stop_command();
[[nodiscard]] Command version_command();
[[nodiscard]] Command zoo_images_command();
[[nodiscard]] Command zoo_list_command();
[[nodiscard]] Command zoo_make_command();

}  // namespace slipway::cli
