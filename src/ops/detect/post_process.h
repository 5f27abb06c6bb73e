#pragma once
// From what a single-shot detector predicts to the objects it saw.

#include <array>
#include <tuple>

#include "ir/op.h"

namespace slipway::ops {

/// Decodes boxes against their anchors and keeps the best that do not overlap.
///
/// A box (y, x, h, w) and its anchor (y, x, h, w) mean the centre y / scale[0] * anchor.h +
/// anchor.y (x alike with scale[1]) and the height exp(h / scale[2]) * anchor.h (w alike with
/// scale[3]). Without `regular`, boxes compete with the score of their best class, and each of the
/// `max_detections` survivors is listed with its best `max_classes_per_detection` classes. With
/// it, boxes compete within each class, at most `detections_per_class` of a class survive, and the
/// best `max_detections` of all classes are listed. A box goes if it overlaps a better one by more
/// than `iou_threshold`, or scores less than `score_threshold`. Among equals the first wins.
///
/// Shapes  boxes [1, n, >= 4], scores [1, n, classes or classes + 1 (background first)],
///         anchors [n, 4]
///         ->  boxes f32 [1, m, 4] as (top, left, bottom, right), classes f32 [1, m],
///             scores f32 [1, m], count f32 [1]; m = max_detections * max_classes_per_detection;
///             what is not used is 0
/// Types   f32, or u8 or i8 with one scale, which is applied first
/// Errors  invalid_input: shapes that do not fit, attributes out of range, or a box turned inside
///         out
/// Source  TensorFlow Lite custom operator TFLite_Detection_PostProcess; TensorFlow Object
///         Detection API, keypoint_box_coder
struct DetectionPostProcess {
  std::int64_t max_detections = 10;
  std::int64_t max_classes_per_detection = 1;
  std::int64_t detections_per_class = 100;
  std::int64_t classes = 1;
  float score_threshold = 0;
  float iou_threshold = 0.5F;
  std::array<float, 4> scale = {1, 1, 1, 1};
  bool regular = false;

  static constexpr auto kName = "DetectionPostProcess";
  static constexpr auto kFields = std::tuple{
      Field{"max_detections", &DetectionPostProcess::max_detections},
      Field{"max_classes_per_detection", &DetectionPostProcess::max_classes_per_detection},
      Field{"detections_per_class", &DetectionPostProcess::detections_per_class},
      Field{"classes", &DetectionPostProcess::classes},
      Field{"score_threshold", &DetectionPostProcess::score_threshold},
      Field{"iou_threshold", &DetectionPostProcess::iou_threshold},
      Field{"scale", &DetectionPostProcess::scale},
      Field{"regular", &DetectionPostProcess::regular}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const DetectionPostProcess&) const = default;
};

}  // namespace slipway::ops
