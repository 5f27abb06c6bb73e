#pragma once
// Channels of layers that follow each other brought to one size.

#include <cstddef>
#include <map>
#include <vector>

#include "ir/graph.h"

namespace slipway::quant {

/// The largest number of each channel (the last dimension) of a value, as pictures had it.
using ChannelMaxima = std::map<ValueId, std::vector<float>>;

struct Equalized {
  std::size_t pairs = 0;
  int rounds = 0;
};

/// Values between two layers whose channels are cut, all at 6 or each at a number of its own: how
/// far they can be scaled, their maxima say.
[[nodiscard]] std::vector<ValueId> cut_values(const Graph& graph);

/// Divides a channel of what a layer gives by s and multiplies the weights that read it by s, such
/// that the largest weight of both is the same, for all pairs of layers of which the first is read
/// by the second alone (pools may lie between), until no s differs from 1 by 1e-4. In floats the
/// network computes the same: with activations none and relu always; with relu6 only channels that
/// no picture of `maxima` brought to 6 are scaled, and not so far that they would get there.
///
/// Where a channel behind relu is cut at a number of its own (Minimum of it and constants), all are
/// first scaled such that this number is 6, and the Minimum becomes relu6: the same function,
/// whatever pictures show.
///
/// Errors  internal: our own mistake
/// Source  Nagel et al. 2019, "Data-free quantization through weight equalization and bias
///         correction", section 4.1
Result<Equalized> equalize(Graph& graph, const ChannelMaxima& maxima);

}  // namespace slipway::quant
