#pragma once
// What a quantized network computes in floats all the same.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "device/cpu/plan_builder.h"
#include "ir/graph.h"

namespace slipway::compile {

/// A node that computes in floats.
struct FloatNode {
  enum class Where : std::uint8_t { front, between, end };  // of what computes in integers

  std::string name;
  std::string op;
  std::int64_t macs = 0;
  Where where = Where::end;
};

struct Islands {
  std::vector<FloatNode> nodes;  // in their order; none where nothing is quantized
  std::int64_t macs = 0;         // of the whole network
  bool quantized = false;

  /// The part of all multiplications that is in floats.
  [[nodiscard]] double share() const;
};

/// For a graph that went through the passes, and the steps that it became. What only moves elements
/// is not counted, nor what turns floats into bytes and back, nor what a step for bytes computes
/// together with either (a mean of bytes, a product of bytes that writes floats).
[[nodiscard]] Islands float_islands(const Graph& graph, const std::vector<cpu::StepNote>& steps);

/// "in_float": a list of them; nothing where nothing is quantized.
void set_islands(Json& document, const Islands& islands);

/// "y (Softmax, at the end)"
[[nodiscard]] std::string words_of(const FloatNode& node);

}  // namespace slipway::compile
