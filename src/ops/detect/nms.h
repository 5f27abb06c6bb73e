#pragma once

#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// The best boxes of one class, each only if it overlaps no better one by `iou` or more and scores
/// more than `score`. With a sigma above 0, scores shrink by exp(-overlap^2 / (2 sigma)) for each
/// better box before they compete. Among equals the first wins.
///
/// Shapes  boxes f32 [n, 4] (two opposite corners, y before x), scores f32 [n], most i32 [],
///         iou f32 [], score f32 [], optional sigma f32 []
///         ->  indices i32 [most], with `with_scores` scores f32 [most], count i32 [];
///             what is not used is 0
/// Errors  invalid_input: shapes that do not fit, or `most` below 0
/// Source  TensorFlow Lite NON_MAX_SUPPRESSION_V4 and V5; Bodla et al. 2017, "Soft-NMS"
struct NonMaxSuppressionV5 {
  bool with_scores = true;

  static constexpr auto kName = "NonMaxSuppressionV5";
  static constexpr auto kFields =
      std::tuple{Field{"with_scores", &NonMaxSuppressionV5::with_scores}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const NonMaxSuppressionV5&) const = default;
};

}  // namespace slipway::ops
