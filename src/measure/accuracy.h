#pragma once
// How often a classifier is right.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace slipway::measure {

/// How many classes stand in front of class `truth`: those with a higher score, and of equal ones
/// those with a lower number. 0: it is the answer. Nothing where a score is not a number.
///
/// Needs truth < scores.size()
[[nodiscard]] std::optional<std::size_t> rank_of(std::span<const float> scores, std::size_t truth);

/// Pictures, and how many of them were right in the first one and in the first five.
struct Right {
  std::int64_t pictures = 0;
  std::int64_t first = 0;
  std::int64_t among_five = 0;

  void add(std::size_t rank);

  /// In per cent. Need a picture.
  [[nodiscard]] double top1() const;
  [[nodiscard]] double top5() const;
};

}  // namespace slipway::measure
