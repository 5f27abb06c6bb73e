#pragma once
// Measuring, on this machine, which candidate each layer of a network takes.

#include <functional>

#include "base/clock.h"
#include "device/cpu/lower.h"

namespace slipway::cpu {

/// How one candidate did.
struct Measured {
  std::string candidate;
  double seconds = 0;     // of one layer; the least of some runs
  bool admitted = true;   // its numbers are those of the first candidate, within kMostApart
  double apart = 0;       // the largest difference, as a part of the output's range
  bool in_place = false;  // whether it was measured in the whole network, not with warm caches
};

/// What was measured of one layer.
struct LayerTimes {
  std::string layer;
  std::vector<Measured> candidates;  // in the order of the question

  /// The fastest of those admitted; of those that were measured in place, if any was.
  [[nodiscard]] const Measured& best() const;

  /// The same of those that round nothing; nullptr where there is none.
  [[nodiscard]] const Measured* best_exact() const;
};

/// How far the floats of a candidate may lie from those of the first: rounding in another order,
/// and what transforms of Winograd's kind add to it.
inline constexpr double kMostApart = 2e-5;

/// The same where operands may be rounded to 8 bits of fraction, random errors of 2^-9 each, or
/// products be added in half floats.
inline constexpr double kMostApartRounded = 1e-2;

/// A candidate that takes so many times as long as another one alone is not tried in its place:
/// cold caches have cost others at most twice.
inline constexpr double kHopeless = 2.5;

struct TuneOptions {
  double seconds = 20;  // the least that is spent in all is some runs of each candidate
  double most_per_candidate = 0.03;
  /// Called now and then: how much is done, and how much there is.
  std::function<void(std::size_t, std::size_t)> progress = {};
};

/// Measures the layers of a graph for which `options.choices` has nothing, on one thread: each
/// alone with random numbers, whether its candidates compute the same; then those that are not
/// hopeless in their places in the whole network, where weights come from memory and activations
/// from wherever the layer before left them.
///
/// Errors  as lower()
Result<std::vector<LayerTimes>> tune(const Graph& graph, const LowerOptions& options,
                                     const TuneOptions& tuning, const Clock& clock);

/// `choices` with the best of what was measured.
[[nodiscard]] Choices with_best(Choices choices, std::span<const LayerTimes> measured);

/// What a layer would take that rounds nothing, and the seconds that its best candidate, which
/// does, saves.
struct ExactWay {
  std::string candidate;
  double saved = 0;

  bool operator==(const ExactWay&) const = default;
};

/// By the name of the layer.
using ExactWays = std::map<std::string, ExactWay>;

/// What layers take, and what some would take otherwise.
struct Chosen {
  Choices best = {};
  ExactWays exact = {};

  bool operator==(const Chosen&) const = default;
};

/// Microseconds as they are kept in files: to two decimals. Choices that rest on them are the same
/// whether they were read or measured just now.
[[nodiscard]] double kept_microseconds(double seconds);

[[nodiscard]] Chosen chosen_of(std::span<const LayerTimes> measured);

}  // namespace slipway::cpu
