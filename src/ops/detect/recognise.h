#pragma once
// What the last ops of a graph tell about its outputs.

#include "ir/graph.h"

namespace slipway {

/// Whether an output comes from an op that writes detections.
[[nodiscard]] bool has_detection_output(const Graph& graph);

/// Whether the first output is the rows of a DetectionOutput.
[[nodiscard]] bool has_detection_rows(const Graph& graph);

/// Whether the first output went through a softmax or a logistic, seen through ops that only move
/// or requantize elements.
[[nodiscard]] bool ends_in_probabilities(const Graph& graph);

}  // namespace slipway
