#pragma once
// Two models or deployments that take turns on this machine.

#include <optional>
#include <string>

#include "cli/compare_runs_report.h"
#include "cli/compile_flags.h"
#include "cli/model_flags.h"
#include "cli/options.h"
#include "cli/world.h"

namespace slipway::cli {

/// What both run with.
struct TurnSettings {
  std::optional<int> threads;
  std::optional<int> batch;
  std::uint64_t seed = 1;
  measure::Turns turns;
};

/// Opens both, lets them take turns, and compares.
///
/// Errors  those of opening and running; cancelled: stopped before there were rounds enough
Result<RunsReport> compare_in_turns(World& world, const std::string& a, const std::string& b,
                                    const CompileFlags& compile_flags,
                                    const ModelFlags& model_flags, const TurnSettings& settings);

}  // namespace slipway::cli
