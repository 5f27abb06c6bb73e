#pragma once
// Single elements picked, or written, along one dimension.

#include <tuple>

#include "ops/shape/reduction.h"

namespace slipway::ops {

/// y[p] = x[p with the place along `axis` replaced by indices[p]]. Negative indices count from the
/// end.
///
/// Shapes  x [...], indices i32 or i64 [...] of the same rank, no larger than x but along `axis`
///         ->  y as the indices
/// Errors  invalid_input: an index outside its dimension, or shapes that do not fit
/// Source  ONNX GatherElements-13
struct GatherElements {
  std::int64_t axis = 0;

  static constexpr auto kName = "GatherElements";
  static constexpr auto kFields = std::tuple{Field{"axis", &GatherElements::axis}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const GatherElements&) const = default;
};

/// x with y[p with the place along `axis` replaced by indices[p]] = updates[p], or reduced with it,
/// in the order of p.
///
/// Shapes  x [...], indices i32 or i64 [...] as in GatherElements, updates as the indices
///         ->  y as x
/// Types   any; with a reduction all but bool
/// Errors  invalid_input: an index outside its dimension, or shapes that do not fit
/// Source  ONNX ScatterElements-18
struct ScatterElements {
  std::int64_t axis = 0;
  Reduction reduction = Reduction::none;

  static constexpr auto kName = "ScatterElements";
  static constexpr auto kFields = std::tuple{Field{"axis", &ScatterElements::axis},
                                             Field{"reduction", &ScatterElements::reduction}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const ScatterElements&) const = default;
};

}  // namespace slipway::ops
