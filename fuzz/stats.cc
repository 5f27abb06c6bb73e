// Stats files: three numbers that can be drawn, or a refusal.

#include <cmath>

#include "base/bytes.h"
#include "base/check.h"
#include "measure/report/charts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto text = as_text(std::as_bytes(std::span{data, size}));
  const auto stats = report::parse_stats(text);
  if (!stats) return 0;
  for (const double value : {stats->load_s, stats->inference_s, stats->fps})
    SLIPWAY_CHECK(std::isfinite(value) && value >= 0);
  std::vector<report::NamedStats> files = {{"", "a_stats.txt", *stats}, {"", "b/stats.txt", {}}};
  report::label_stats(files);
  SLIPWAY_CHECK(report::charts_of(files).size() == 3);
  return 0;
}
