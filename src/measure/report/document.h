#pragma once
// A report as one document: for scripts, and for the page.

#include <string>
#include <vector>

#include "base/json.h"
#include "measure/report/charts.h"

namespace slipway::report {

/// What was read for pictures and reports. Something is in it, and all have labels.
struct Material {
  std::vector<NamedStats> stats;
  std::vector<Run> runs;

  [[nodiscard]] std::vector<Chart> charts() const;
};

/// What may be said of the runs, in sentences: which is best, whether that is sure, what differs
/// between their machines, and what their own verdicts are. Modelled figures are never ranked with
/// measured ones.
[[nodiscard]] std::vector<std::string> findings_of(const std::vector<Run>& runs);

/// Title, tiles, findings, a table of the runs, one of their machines, and all charts.
[[nodiscard]] Json report_document(const Material& material, const std::string& version);

}  // namespace slipway::report
