#pragma once
// What several devices need to ask of a graph and its inputs.

#include "device/device.h"

namespace slipway {

/// Whether the device takes every node of `part`. Inputs and constants are everybody's.
///
/// Errors  unsupported: the first refusal, with the node
Result<void> check_accepted(const Device& device, const Graph& part);

/// A graph of this node alone: its constants inside, its other inputs as inputs.
///
/// Errors  those of the op on these inputs
Result<Graph> one_node(const Graph& graph, const Node& node);

/// A graph of these nodes, in their order; its outputs are those of the last.
///
/// Errors  as one_node
Result<Graph> part_of(const Graph& graph, std::span<const std::int32_t> nodes);

}  // namespace slipway
