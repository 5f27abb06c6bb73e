#pragma once
// The table of layers as comma-separated values, in the form of SNPE's snpe-dlc-info.

#include <string>
#include <vector>

#include "cli/layers.h"

namespace slipway::cli {

/// Eight columns as `snpe-dlc-info -s` writes them, ours behind them, and at the end the totals in
/// its words: programs that read its files read ours. docs/formats/layers_csv.md has the details.
[[nodiscard]] std::string layer_csv(const Graph& graph, const std::vector<Layer>& layers);

}  // namespace slipway::cli
