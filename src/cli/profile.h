#pragma once
// Where the time of an inference goes, step by step, and how much of what the processor could do
// that is.

#include <optional>
#include <vector>

#include "cli/bench_report.h"
#include "compile/compiler.h"
#include "compile/runner.h"

namespace slipway::cli {

/// What a step of a plan has to do.
struct StepWork {
  std::int64_t operations = 0;  // a multiply-accumulate is two
  std::int64_t bytes = 0;       // values and constants that it reads, values that it writes
};

/// The work of each step of a compiled model's first plan. A node of the graph belongs to the step
/// that computes its value (of several, to the one that multiplies); one that no step names, to the
/// step of who reads it, else of whom it reads. Values between nodes of one step are not counted as
/// bytes, and those that a kernel keeps as bfloat16 are counted as such.
[[nodiscard]] std::vector<StepWork> work_of(const compile::Compiled& compiled);

/// Runs the model step by step until each was measured 30 times or a second is over: the median of
/// each. `work` and the roofs are nothing where the model came without its graph.
///
/// Errors  those of Runner::profile
Result<std::vector<ProfiledStep>> profile_of(World& world, compile::Runner& runner,
                                             const std::vector<StepWork>& work);

/// The steps, for people: time, share, 10^9 operations in a second, per cent of the roofline,
/// bytes, kernel.
[[nodiscard]] std::string profile_table(const World& world, const std::vector<ProfiledStep>& steps);

[[nodiscard]] Json profile_json(const std::vector<ProfiledStep>& steps);

}  // namespace slipway::cli
