#pragma once
// In what arithmetic a quantized network is computed: as the device does it, or as floats would.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace slipway::compile {

/// MERA's names, which scripts know.
enum class Target : std::uint8_t {
  interpreter,     // floats, node by node, between the roundings to bytes that the network has
  interpreter_hw,  // integers, bit by bit what a device computes
};

[[nodiscard]] std::string_view name_of(Target target);

/// "computed in floats between roundings to bytes"
[[nodiscard]] std::string_view words_of(Target target);

/// Every operator that computes with integers takes the real numbers that they stand for, computes
/// in floats, and what it gives is rounded to the steps that it had. What only moves bytes, and
/// what has no form in floats, stays: `kept` has the names of the latter.
///
/// Errors  those of Graph::add
Result<Graph> float_reference(const Graph& graph, std::vector<std::string>* kept = nullptr);

/// The passes that make integers of floats between roundings to bytes.
[[nodiscard]] std::set<std::string> integer_passes();

/// Runs the passes; for `interpreter` those alone that leave floats what they are.
///
/// Errors  those of float_reference and of the passes
Result<Graph> for_target(const Graph& graph, Target target);

/// Whether anything in a network has steps.
[[nodiscard]] bool is_quantized(const Graph& graph);

}  // namespace slipway::compile
