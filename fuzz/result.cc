// Results of bench and rows of sweeps that failed: whatever is read can be labelled, drawn and
// written as a report, which is JSON and text.

#include <cmath>

#include "base/bytes.h"
#include "base/check.h"
#include "measure/report/document.h"
#include "measure/report/gnuplot.h"
#include "measure/report/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto text = as_text(std::as_bytes(std::span{data, size}));
  report::Material material;
  if (auto failed = report::parse_failed(text)) {
    SLIPWAY_CHECK(report::is_text(failed->reason) && report::is_text(failed->command));
    failed->label = "test_1";
    material.failed.push_back(*std::move(failed));
  }
  // Beside one that is the same, and one that differs.
  for (const auto* path : {"a/result.v1.json", "b/result.v1.json", "c.json"}) {
    auto run = report::parse_result(text);
    if (!run) break;
    run->path = path;
    if (material.runs.size() == 2) run->batch += 1;
    material.runs.push_back(*std::move(run));
  }
  report::label_runs(material.runs);
  const auto charts = material.charts();
  for (const auto& chart : charts) {
    for (const auto& series : chart.series)
      for (const auto& point : series.points)
        SLIPWAY_CHECK(std::isfinite(point.x) && std::isfinite(point.y.value_or(0)));
    for (const auto& row : chart.rows) SLIPWAY_CHECK(row.size() == chart.columns.size());
  }
  if (!charts.empty())
    SLIPWAY_CHECK(report::is_text(report::gnuplot_script(charts, "", report::Picture::svg)));
  const auto document = report::report_document(material, "1").text();
  SLIPWAY_CHECK(report::is_text(document) && parse_json(document));
  return 0;
}
