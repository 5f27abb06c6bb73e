#include "ops/cases.h"
#include "ops/detect/nms.h"
#include "ops/detect/post_process.h"

namespace slipway::ops {

Cases detect_cases() {
  // Two boxes at the same place, one elsewhere.
  const auto anchors = f32({3, 4}, {0.5F, 0.5F, 1, 1, 0.5F, 0.5F, 1, 1, 2.5F, 0.5F, 1, 1});
  const auto boxes = f32({1, 3, 4}, std::vector<float>(12, 0));
  const auto scores = f32({1, 3, 2}, {0.5F, 0.1F, 0.2F, 0.9F, 0.6F, 0.3F});
  const auto corners = f32({3, 4}, {0, 0, 1, 1, 1, 1, 0, 0, 2, 0, 3, 1});
  return {
      {.name = "the best of the same place",
       .op = DetectionPostProcess{.max_detections = 3, .classes = 2},
       .inputs = {boxes, scores, anchors},
       .outputs = {f32({1, 3, 4}, {0, 0, 1, 1, 2, 0, 3, 1, 0, 0, 0, 0}), f32({1, 3}, {1, 0, 0}),
                   f32({1, 3}, {0.9F, 0.6F, 0}), f32({1}, {2})},
       .constants = {2}},
      {.name = "each class for itself",
       .op = DetectionPostProcess{.max_detections = 3, .classes = 2, .regular = true},
       .inputs = {boxes, scores, anchors},
       .outputs = {f32({1, 3, 4}, {0, 0, 1, 1, 2, 0, 3, 1, 0, 0, 1, 1}), f32({1, 3}, {1, 0, 0}),
                   f32({1, 3}, {0.9F, 0.6F, 0.5F}), f32({1}, {3})},
       .constants = {2}},
      {.name = "classes that do not fit",
       .op = DetectionPostProcess{.classes = 4},
       .inputs = {boxes, scores, anchors},
       .refuses = "do not fit 4 classes"},
      {.name = "suppression of the overlapped",
       .op = NonMaxSuppressionV5{},
       .inputs = {corners, f32({3}, {0.5F, 0.9F, 0.6F}), i32({}, {3}), f32({}, {0.5F}),
                  f32({}, {0})},
       .outputs = {i32({3}, {1, 2, 0}), f32({3}, {0.9F, 0.6F, 0}), i32({}, {2})},
       .constants = {2}},
  };
}

}  // namespace slipway::ops
