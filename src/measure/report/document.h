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
  std::vector<Failed> failed;  // rows of sweeps

  [[nodiscard]] std::vector<Chart> charts() const;
};

/// What may be said of the runs, in sentences: which is best, whether that is sure, what differs
/// between their machines, how many of them were disturbed. Modelled figures are never ranked with
/// measured ones.
[[nodiscard]] std::vector<std::string> findings_of(const std::vector<Run>& runs);

/// Title, tiles, findings, tables (of the runs, of those that failed, of what runs say of
/// themselves, of what their machines have in common, and of what they have not), and all charts.
[[nodiscard]] Json report_document(const Material& material, const std::string& version);

}  // namespace slipway::report
