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

/// Values between two layers whose channels are cut at 6: to scale them, their maxima must be
/// known.
[[nodiscard]] std::vector<ValueId> cut_values(const Graph& graph);

/// Divides a channel of what a layer gives by s and multiplies the weights that read it by s, such
/// that the largest weight of both is the same, for all pairs of layers of which the first is read
/// by the second alone (pools may lie between), until no s differs from 1 by 1e-4. In floats the
/// network computes the same: with activations none and relu always; with relu6 only channels that
/// no picture of `maxima` brought to 6 are scaled, and not so far that they would get there.
///
/// Errors  internal: our own mistake
/// Source  Nagel et al. 2019, "Data-free quantization through weight equalization and bias
///         correction", section 4.1
Result<Equalized> equalize(Graph& graph, const ChannelMaxima& maxima);

}  // namespace slipway::quant
