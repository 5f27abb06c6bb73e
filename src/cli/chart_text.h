#pragma once
// Charts in the terminal.

#include <string>

#include "cli/world.h"
#include "measure/report/chart.h"

namespace slipway::cli {

/// Bars, drawn with blocks; of other charts their name and how to see them.
[[nodiscard]] std::string chart_text(const World& world, const report::Chart& chart);

}  // namespace slipway::cli
