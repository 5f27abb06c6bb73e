#pragma once
// Values of channels-first files, and the same values with their channels at the end.

#include <map>
#include <vector>

#include "formats/import.h"
#include "ir/graph.h"

namespace slipway::formats {

/// The channels-last twin of each value that has one.
using ChannelsLast = std::map<ValueId, ValueId>;

/// (0, 2, 3, 1): the permutation of Transpose that moves channels to the end. Needs rank >= 2.
[[nodiscard]] std::vector<std::int64_t> channels_to_last(std::size_t rank);

/// (0, 3, 1, 2): the way back.
[[nodiscard]] std::vector<std::int64_t> channels_to_first(std::size_t rank);

/// The twin that exists already: noted, or what a Transpose of the file was made of; or kNoValue.
[[nodiscard]] ValueId find_channels_last(const Graph& graph, const ChannelsLast& twins,
                                         ValueId value);

/// The twin, made by a Transpose where there is none yet. Up to rank 2, and where it is absent, the
/// value is its own.
///
/// Errors  as add_folded
Result<ValueId> make_channels_last(Graph& graph, ChannelsLast& twins, ValueId value,
                                   ImportBudget& budget);

}  // namespace slipway::formats
