#pragma once
// A shape that has been checked: every dimension is at least 0 or unknown, and the number of
// elements is small enough that no later product of dimensions overflows.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace slipway {

class Shape {
 public:
  /// A dimension that only the data will tell.
  static constexpr std::int64_t kUnknown = -1;
  /// The most elements a tensor may have, and the most dimensions.
  static constexpr std::int64_t kMaxElements = std::int64_t{1} << 40U;
  static constexpr std::size_t kMaxRank = 16;

  /// A scalar.
  Shape() = default;
  /// For shapes written down in our own code; one that breaks the rules is our bug.
  Shape(std::initializer_list<std::int64_t> dims);

  /// For dimensions from outside.
  ///
  /// Errors  invalid_input: a dimension below 0 that is not kUnknown, over kMaxRank dimensions, or
  ///         over kMaxElements elements
  static Result<Shape> make(std::span<const std::int64_t> dims);

  [[nodiscard]] std::size_t rank() const { return dims_.size(); }

  [[nodiscard]] std::int64_t operator[](std::size_t i) const { return dims_[i]; }

  /// The i-th dimension from the end: back(0) is the channels.
  [[nodiscard]] std::int64_t back(std::size_t i) const { return dims_[dims_.size() - 1 - i]; }

  [[nodiscard]] std::span<const std::int64_t> dims() const { return dims_; }

  [[nodiscard]] auto begin() const { return dims_.begin(); }

  [[nodiscard]] auto end() const { return dims_.end(); }

  [[nodiscard]] bool is_known() const;

  /// The number of elements; 1 for a scalar. Needs is_known().
  [[nodiscard]] std::int64_t elements() const;

  /// "[1,224,224,3]", "[]", "[1,?,4]".
  [[nodiscard]] std::string text() const;

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> dims_;
};

/// The shape that both broadcast to, NumPy's way: aligned at the last dimension, 1 stretches.
///
/// Errors  invalid_input: two dimensions differ and neither is 1
Result<Shape> broadcast(const Shape& a, const Shape& b);

/// Elements to step over per dimension in a dense row-major tensor. Needs shape.is_known().
[[nodiscard]] std::vector<std::int64_t> strides_of(const Shape& shape);

/// `axis` counted from the front; -1 is the last.
///
/// Errors  invalid_input: outside [-rank, rank)
Result<std::size_t> checked_axis(std::int64_t axis, std::size_t rank);

}  // namespace slipway
