#pragma once
// Values that lie in memory as bfloat16, at half of the bytes of floats.

#include <cstdint>
#include <set>

#include "device/cpu/lower.h"

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

/// `choices` for a network that rounding changes too much: its first and its last layers, which
/// change most of it, go to kernels of floats, and so do products that Winograd's larger tiles
/// compute as floats with as many multiplications. `plan` was made with them.
[[nodiscard]] Choices nearer(const Graph& graph, const BuiltPlan& plan, Choices choices);

/// The same for one that is still too far: all products go to kernels of floats but the largest
/// ones, of a tenth of the network's multiplications or more. These gain the most; small ones are
/// many, and each adds its errors.
[[nodiscard]] Choices nearest(const Graph& graph, const BuiltPlan& plan, Choices choices);

}  // namespace slipway::cpu
