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

/// For each picture and class, the best boxes, each only if it scores more than `score` and
/// overlaps no better one by more than `iou`; with a sigma, scores shrink as in
/// NonMaxSuppressionV5. Among equals the first wins. How many there are only the data tell.
///
/// Shapes  boxes f32 [n, m, 4], scores f32 [n, classes, m], optional most i32 or i64 of one element
///         (per picture and class; 0 without), optional iou f32 of one element (0 without),
///         optional score f32 of one element (all boxes without), optional sigma f32 of one element
///         ->  y i64 [count, 3] (picture, class, box), and, with `with_scores`, f32 [count, 3]
///         (picture, class, score). Boxes are two opposite corners, y before x, or, with
///         `from_centre`, centre x, centre y, width and height. By picture, then class, then score;
///         with `sort_by_score`, by score first.
/// Errors  invalid_input: shapes that do not fit
/// Source  ONNX NonMaxSuppression-11; OpenVINO NonMaxSuppression-5
struct NonMaxSuppression {
  bool from_centre = false;
  bool sort_by_score = false;
  bool with_scores = false;

  static constexpr auto kName = "NonMaxSuppression";
  static constexpr auto kFields =
      std::tuple{Field{"from_centre", &NonMaxSuppression::from_centre},
                 Field{"sort_by_score", &NonMaxSuppression::sort_by_score},
                 Field{"with_scores", &NonMaxSuppression::with_scores}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const NonMaxSuppression&) const = default;
};

}  // namespace slipway::ops
