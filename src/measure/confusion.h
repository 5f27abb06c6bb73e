#pragma once
// Which class was taken for which, over all pixels of all pictures.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace slipway::measure {

/// A matrix of counts: a row for each class that something is, a column for each that it was taken
/// for.
class Confusion {
 public:
  static constexpr int kIgnored = -1;

  explicit Confusion(std::size_t classes) : classes_(classes), counts_(classes * classes) {}

  /// Adds pixels. Those that are kIgnored in either do not count.
  ///
  /// Needs equal sizes, and kIgnored or a class below classes() in both
  void add(std::span<const int> truth, std::span<const int> found);

  /// Needs equal classes.
  void add(const Confusion& other);

  [[nodiscard]] std::size_t classes() const { return classes_; }

  [[nodiscard]] std::int64_t at(std::size_t truth, std::size_t found) const {
    return counts_[truth * classes_ + found];
  }

  /// How many pixels count.
  [[nodiscard]] std::int64_t total() const;

  /// What both share by what either has, for a class; nothing where neither has it.
  [[nodiscard]] std::optional<double> iou(std::size_t index) const;

  /// Twice what both share by the sum of both; nothing where neither has it.
  [[nodiscard]] std::optional<double> f1(std::size_t index) const;

  // These need a pixel that counts.

  /// The mean of iou() over the classes that truth or answers have.
  [[nodiscard]] double mean_iou() const;

  /// The mean of f1(), each class with the number of pixels that are it.
  [[nodiscard]] double weighted_f1() const;

  /// The part of the pixels that is right.
  [[nodiscard]] double right() const;

 private:
  [[nodiscard]] std::int64_t is(std::size_t index) const;     // pixels that are of it
  [[nodiscard]] std::int64_t found(std::size_t index) const;  // pixels taken for it

  std::size_t classes_;
  std::vector<std::int64_t> counts_;
};

}  // namespace slipway::measure
