#pragma once
// Which of two is faster, and how sure that is: both take turns, A B B A.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/stats.h"
#include "measure/streams.h"

namespace slipway::measure {

enum class Side : std::uint8_t { a, b };

/// Whose turn it is, from 0: A B B A, B A A B, A B B A. In a round of four, what grows or shrinks
/// evenly weighs on both sides alike; of two rounds, each side has been the outer one once.
[[nodiscard]] Side side_of(std::int64_t turn);

constexpr std::int64_t kTurnsInRound = 4;

/// So many rounds must there be for an interval of 95 %: by chance six point the same way in 2 of
/// 64 cases.
constexpr std::int64_t kLeastRounds = 6;

/// How B's time relates to A's.
struct Versus {
  double ratio = 1;  // time of B by time of A: under 1 where B is faster
  double low = 1;    // of the 95 % interval
  double high = 1;
  std::int64_t rounds = 0;  // that it rests on; 0 of runs that were not interleaved

  /// Whether B is; the interval excludes 1.
  [[nodiscard]] bool is_faster() const { return high < 1; }

  [[nodiscard]] bool is_slower() const { return low > 1; }
};

/// From the medians of turns, in the order of side_of(); what is over behind the last whole round
/// is left out. Each round gives one ratio of medians (geometric means of its two turns of a side);
/// `ratio` is the Hodges-Lehmann estimate of those, with the interval that belongs to Wilcoxon's
/// signed ranks. Of two things that are the same the ratios of rounds lie evenly around 1 whatever
/// their distribution, and however alike samples of one turn are: they are then called different
/// in 5 % of cases at most. Nothing where there are less than kLeastRounds. Needs medians over 0.
///
/// Source  Hollander, Wolfe, Chicken 2014, "Nonparametric statistical methods", section 3.2 and 3.3
[[nodiscard]] std::optional<Versus> versus(std::span<const double> medians);

/// From the medians of two runs that were not interleaved, with their intervals: the interval of
/// the ratio takes in what changes within a run, not what changes between them (a warmer machine,
/// another neighbour). Needs values over 0.
///
/// Source  Zou, Donner 2008, "Construction of confidence limits about effect measures"
[[nodiscard]] Versus versus_of_runs(const Percentile::Estimate& a, const Percentile::Estimate& b);

/// The middle one, or the mean of the middle two. Needs one sample.
[[nodiscard]] double median_of(std::vector<std::int64_t> ns);
[[nodiscard]] double median_of(std::vector<double> values);

/// How to take turns.
struct Turns {
  std::int64_t rounds = 20;
  std::int64_t warm_up = 3;     // inferences in front of each turn that do not count
  std::int64_t inferences = 5;  // of a turn, at least
  std::chrono::nanoseconds at_least = std::chrono::milliseconds(50);  // of a turn

  /// Called in front of each round, counted from 0: a chance to draw anew what would otherwise
  /// favour one side in all of them, the place of its memory above all.
  std::function<Result<void>(std::int64_t round)> round = [](std::int64_t) {
    return Result<void>();
  };

  std::function<bool()> stop = [] { return false; };          // asked between two turns
  std::function<void(double part)> progress = [](double) {};  // how much is done, 0 to 1
};

/// Runs two in turns and returns the median of each turn, in nanoseconds. What is stopped returns
/// the turns that there are.
///
/// Errors  those of a side, and of `round`
Result<std::vector<double>> take_turns(const Clock& clock, const Infer& a, const Infer& b,
                                       const Turns& turns);

}  // namespace slipway::measure
