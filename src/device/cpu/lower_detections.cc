// The heads of single-shot detectors.

#include <algorithm>
#include <limits>

#include "device/cpu/lower_lookups.h"
#include "device/cpu/rules.h"
#include "engine/detect_steps.h"
#include "ops/detect/detection_output.h"
#include "ops/detect/post_process.h"

namespace slipway::cpu {
namespace {

std::int32_t as_int(std::int64_t x) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(x, std::numeric_limits<std::int32_t>::min(), 1 << 30));
}

/// Where the real values of an input lie: bytes are looked up, constants are computed here.
Result<engine::Place> real_place(Lowering& lowering, ValueId id) {
  const auto& graph = lowering.graph();
  if (graph.type(id).dtype == DType::f32) return lowering.place(id);
  const auto* known = graph.known(id);
  if (known == nullptr) return dequantized(lowering, id);
  return lowering.plan().add_constants(slipway::dequantized(*known).bytes());
}

}  // namespace

Result<void> lower_post_process(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& op = *node.op.as<ops::DetectionPostProcess>();
  const auto& boxes = graph.type(node.inputs[0]).shape;
  engine::DetectStep step;
  step.boxes = as_int(boxes[1]);
  step.box_width = as_int(boxes[2]);
  step.score_width = as_int(graph.type(node.inputs[1]).shape[2]);
  step.classes = as_int(op.classes);
  step.max_detections = as_int(op.max_detections);
  step.max_classes = as_int(op.max_classes_per_detection);
  step.per_class = as_int(op.detections_per_class);
  step.regular = op.regular ? 1 : 0;
  step.score_threshold = op.score_threshold;
  step.iou_threshold = op.iou_threshold;
  std::ranges::copy(op.scale, step.scale);
  step.codes = SLIPWAY_TRY(real_place(lowering, node.inputs[0]));
  step.scores = SLIPWAY_TRY(real_place(lowering, node.inputs[1]));
  step.anchors = SLIPWAY_TRY(real_place(lowering, node.inputs[2]));
  step.scratch = lowering.scratch(engine::detect_scratch(step));
  step.out_boxes = lowering.make_room({y.node, 0});
  step.out_classes = lowering.make_room({y.node, 1});
  step.out_scores = lowering.make_room({y.node, 2});
  step.out_count = lowering.make_room({y.node, 3});
  lowering.plan().add(step, engine::StepKind::detect, "",
                      fmt::format("{} boxes of {} classes", step.boxes, step.classes));
  return {};
}

Result<void> lower_detection_output(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& op = *node.op.as<ops::DetectionOutput>();
  const auto& priors = graph.type(node.inputs[2]).shape;
  engine::DetectionOutputStep step;
  step.pictures = as_int(graph.type(node.inputs[0]).shape[0]);
  step.priors = as_int(priors[2] / (op.normalized ? 4 : 5));
  step.classes = as_int(graph.type(node.inputs[1]).shape[1] / std::max(step.priors, 1));
  step.prior_pictures = as_int(priors[0]);
  step.background = as_int(op.background_label_id);
  step.top_k = as_int(op.top_k);
  step.keep_top_k = as_int(op.keep_top_k);
  step.iou_threshold = op.nms_threshold;
  step.score_threshold = op.confidence_threshold;
  step.objectness = op.objectness_score;
  step.input_height = static_cast<float>(op.input_height);
  step.input_width = static_cast<float>(op.input_width);
  step.corner = op.code_type == ops::BoxCode::corner ? 1 : 0;
  step.variance_encoded = op.variance_encoded_in_target ? 1 : 0;
  step.share_location = op.share_location ? 1 : 0;
  step.clip_after = op.clip_after_nms ? 1 : 0;
  step.clip_before = op.clip_before_nms ? 1 : 0;
  step.decrease_label = op.decrease_label_id ? 1 : 0;
  step.normalized = op.normalized ? 1 : 0;
  step.out_rows = graph.type(y).shape[2];
  step.boxes = SLIPWAY_TRY(lowering.place(node.inputs[0]));
  step.scores = SLIPWAY_TRY(lowering.place(node.inputs[1]));
  step.prior_boxes = SLIPWAY_TRY(lowering.place(node.inputs[2]));
  if (node.inputs.size() == 5 && node.inputs[3].exists()) {
    step.has_arm = 1;
    step.arm_scores = SLIPWAY_TRY(lowering.place(node.inputs[3]));
    step.arm_boxes = SLIPWAY_TRY(lowering.place(node.inputs[4]));
  }
  constexpr std::size_t kMost = std::size_t{1} << 28U;
  if (engine::detection_output_scratch(step) > kMost)
    return fail(Code::unsupported, "{} priors of {} classes", step.priors, step.classes);
  step.scratch = lowering.scratch(engine::detection_output_scratch(step));
  step.out = lowering.make_room(y);
  lowering.plan().add(step, engine::StepKind::detection_output, "",
                      fmt::format("{} priors of {} classes", step.priors, step.classes));
  return {};
}

}  // namespace slipway::cpu
