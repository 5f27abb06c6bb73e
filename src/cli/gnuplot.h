#pragma once
// gnuplot, which draws charts.

#include <string>
#include <vector>

#include "cli/world.h"
#include "measure/report/gnuplot.h"

namespace slipway::cli {

/// A picture of all charts, with `note` above them.
///
/// Errors  unavailable: gnuplot is not there, with the line that installs it; unsupported: it
///         refuses, with what it says; timeout: over two minutes
Result<Bytes> draw_charts(World& world, const std::vector<report::Chart>& charts,
                          const std::string& note, report::Picture picture);

}  // namespace slipway::cli
