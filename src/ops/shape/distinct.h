#pragma once
// Slices of a tensor that the data choose.

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The slices of x along `axis` whose condition is true; those behind the last condition go.
///
/// Shapes  x [..., n, ...], condition bool [m], m <= n  ->  y [..., count, ...]
/// Errors  invalid_input: more conditions than slices
/// Source  ONNX Compress-11
struct Compress {
  std::int64_t axis = 0;

  static constexpr auto kName = "Compress";
  static constexpr auto kFields = std::tuple{Field{"axis", &Compress::axis}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Compress&) const = default;
};

/// The slices of x along `axis` that differ from each other: in ascending order, compared element
/// by element, or, without `sorted`, in the order in which they first appear. What is no number is
/// larger than every number and equals itself.
///
/// Shapes  x [..., n, ...]  ->  y [..., m, ...], first i64 [m] (where each first appears in x),
///         inverse i64 [n] (where each slice of x is in y), counts i64 [m]
/// Source  ONNX Unique-11
struct Unique {
  std::int64_t axis = 0;
  bool sorted = true;

  static constexpr auto kName = "Unique";
  static constexpr auto kFields =
      std::tuple{Field{"axis", &Unique::axis}, Field{"sorted", &Unique::sorted}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Unique&) const = default;
};

}  // namespace slipway::ops
