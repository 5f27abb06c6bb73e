#pragma once
// Charts as a script for gnuplot.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/report/chart.h"

namespace slipway::report {

enum class Picture : std::uint8_t { svg, png, pdf };

/// "svg", "png" or "pdf".
///
/// Errors  invalid_input
Result<Picture> parse_picture(std::string_view extension);

/// A script that writes one picture of all charts to gnuplot's standard output. `note` stands above
/// them. All text of charts is data in it. Needs a chart.
[[nodiscard]] std::string gnuplot_script(const std::vector<Chart>& charts, const std::string& note,
                                         Picture picture);

}  // namespace slipway::report
