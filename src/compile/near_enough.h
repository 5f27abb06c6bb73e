#pragma once
// Which layers of a network round, where not all of them may.

#include <functional>
#include <optional>

#include "compile/floats.h"
#include "device/cpu/tune.h"

namespace slipway::compile {

/// Told how many of how many layers were looked at.
using LayersDone = std::function<void(std::size_t done, std::size_t total)>;

/// Where less of the saving is left, a network is as fast in floats: values between a layer that
/// rounds and one that does not lie in memory as floats.
inline constexpr double kWorthMixing = 0.3;

/// Some of the layers that could round.
struct NearEnough {
  cpu::Choices choices;
  double kept = 0;      // the part that they save of what all would
  double rounding = 0;  // how far they move outputs
};

/// Choices with which rounding moves no output by more than `most`, as far as the meter's inputs
/// tell: some layers take what they would take instead of rounding. Nothing where no more than
/// kWorthMixing of the saving is kept.
///
/// Layers go to floats in the order of how far they move outputs for the time that they save, until
/// outputs are near enough. Errors of layers are as good as independent: the square of what all
/// move is the sum of the squares of what each moves alone, which is measured for each. Then each
/// that went comes back, if outputs stay near enough: which of a million errors is the largest is
/// chance.
///
/// options  round too much: `moves` is by how much
/// exact    what measuring said of the layers; those that are alike (one Question) stay together
///
/// Errors  as cpu::lower()
Result<std::optional<NearEnough>> near_enough(const Graph& graph, const RoundingMeter& meter,
                                              const cpu::LowerOptions& options, double moves,
                                              const cpu::ExactWays& exact, double most,
                                              const LayersDone& done = {});

}  // namespace slipway::compile
