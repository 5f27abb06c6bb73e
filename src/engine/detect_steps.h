#pragma once
// From what single-shot detectors predict to the objects they saw.

#include "engine/plan.h"

namespace slipway::engine {

/// The op DetectionPostProcess, on floats. Its formulas and order stand in its header; boxes that
/// are turned inside out are taken as they are.
struct DetectStep {
  StepHeader header;
  std::int32_t boxes = 0;
  std::int32_t box_width = 4;    // floats of one box
  std::int32_t score_width = 1;  // floats of one row of scores
  std::int32_t classes = 1;
  std::int32_t max_detections = 0;
  std::int32_t max_classes = 1;  // per detection
  std::int32_t per_class = 0;
  std::uint32_t regular = 0;
  float score_threshold = 0;
  float iou_threshold = 0;
  float scale[4] = {1, 1, 1, 1};
  Place codes;
  Place scores;
  Place anchors;
  Place scratch;  // detect_scratch(step)
  Place out_boxes;
  Place out_classes;
  Place out_scores;
  Place out_count;
};

[[nodiscard]] std::size_t detect_scratch(const DetectStep& step);

/// The op DetectionOutput. Its formulas and order stand in its header.
struct DetectionOutputStep {
  StepHeader header;
  std::int32_t pictures = 1;
  std::int32_t priors = 0;
  std::int32_t classes = 0;
  std::int32_t prior_pictures = 1;
  std::int32_t background = 0;
  std::int32_t top_k = -1;
  std::int32_t keep_top_k = -1;
  float iou_threshold = 0;
  float score_threshold = 0;
  float objectness = 0;
  float input_height = 1;
  float input_width = 1;
  std::uint32_t corner = 0;  // how boxes are coded: by corners, or by centre and size
  std::uint32_t variance_encoded = 0;
  std::uint32_t share_location = 0;
  std::uint32_t clip_after = 0;
  std::uint32_t clip_before = 0;
  std::uint32_t decrease_label = 0;
  std::uint32_t normalized = 1;
  std::uint32_t has_arm = 0;
  std::int64_t out_rows = 0;
  Place boxes;
  Place scores;
  Place prior_boxes;
  Place arm_scores;
  Place arm_boxes;
  Place scratch;  // detection_output_scratch(step)
  Place out;
};

[[nodiscard]] std::size_t detection_output_scratch(const DetectionOutputStep& step);

void run(const DetectStep& step, const Bases& bases, int first, int last);
void run(const DetectionOutputStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
