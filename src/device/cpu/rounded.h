#pragma once
// Values that lie in memory as bfloat16, at half of the bytes of floats.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "device/cpu/tune.h"

namespace slipway::cpu {

class Lowering;

/// In what numbers a rule gives floats, or reads one of them.
enum class Bf16 : std::uint8_t {
  never,     // floats
  each,      // floats or bfloat16, whatever others are
  as_first,  // its outputs are what its first input is
  as_all,    // its outputs are what all of its inputs are
};

/// The floats that are stored as bfloat16, where products round their operands anyway: who makes
/// one writes such numbers, and all who read it, read them. What only products of rounded operands
/// read is the same number as before; for windows of each channel alone, pools and residuals that
/// is a rounding more. Inputs and outputs of the graph are floats.
///
/// It follows what was chosen for each layer: kernels of floats read and write floats.
///
/// Needs claims to be known.
[[nodiscard]] std::set<ValueId> find_rounded(const Lowering& lowering);

/// A layer of which the chosen candidate rounds.
struct RoundingLayer {
  std::string layer;  // of a Question: all of the network that are alike
  std::string exact;  // the candidate of floats that it would take
  double gain = 0;    // by rounding: seconds, or multiplications where not all were measured
};

/// Those of a plan that was made with these choices.
[[nodiscard]] std::vector<RoundingLayer> rounding_layers(const Graph& graph, const BuiltPlan& plan,
                                                         const Choices& choices,
                                                         const ExactWays& exact);

}  // namespace slipway::cpu
