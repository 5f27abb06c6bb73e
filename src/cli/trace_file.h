#pragma once
// What happened when, for chrome://tracing and Perfetto.

#include <vector>

#include "cli/bench_report.h"
#include "measure/sample_log.h"

namespace slipway::cli {

/// The trace event format: reading, compiling, loading, the first inference, warm-up and the
/// measured part one behind the other; the first inferences of each stream in their rows; and one
/// inference step by step, where it was profiled. Microseconds from the beginning of the command's
/// work.
///
/// Source  Google, "Trace event format": complete events ("X") and metadata ("M")
[[nodiscard]] Json trace_json(const BenchReport& report, const measure::SampleLog& log);

}  // namespace slipway::cli
