#include "ops/case.h"
#include "ops/detect/nms.h"
#include "ops/detect/post_process.h"
#include "ops/detect/roi.h"

namespace slipway::ops {

namespace {

Cases region_cases() {
  const auto boxes = f32({1, 3, 4}, {0, 0, 1, 1, 1, 1, 0, 0, 2, 0, 3, 1});
  const auto scores = f32({1, 2, 3}, {0.5F, 0.9F, 0.6F, 0.1F, 0.2F, 0.95F});
  const auto square = f32({1, 2, 2, 1}, {1, 2, 3, 4});
  return {
      {.name = "the best boxes of each class",
       .op = NonMaxSuppression{},
       .inputs = {boxes, scores, i64({1}, {2}), f32({1}, {0.5F}), f32({1}, {0.15F})},
       .outputs = {i64({4, 3}, {0, 0, 1, 0, 0, 2, 0, 1, 2, 0, 1, 1})}},
      {.name = "the best boxes of all classes, with scores",
       .op = NonMaxSuppression{.from_centre = true, .sort_by_score = true, .with_scores = true},
       .inputs = {boxes, scores, i64({}, {1}), f32({}, {0.5F})},
       .outputs = {i64({2, 3}, {0, 1, 2, 0, 0, 1}), f32({2, 3}, {0, 1, 0.95F, 0, 0, 0.9F})}},
      {.name = "no limit is no boxes",
       .op = NonMaxSuppression{},
       .inputs = {boxes, scores},
       .outputs = {i64({0, 3}, {})}},
      {.name = "the middle of a region",
       .op = RoiAlign{},
       .inputs = {square, f32({1, 4}, {0, 0, 2, 2}), i64({1}, {0})},
       .outputs = {f32({1, 1, 1, 1}, {2.5F})}},
      {.name = "the maximum of weighted neighbours",
       .op = RoiAlign{.samples = 1, .half_pixel = false, .method = RoiMethod::maximum},
       .inputs = {square, f32({1, 4}, {0, 0, 1, 1}), i64({1}, {0})},
       .outputs = {f32({1, 1, 1, 1}, {1})}},
      {.name = "more samples than anybody needs",
       .op = RoiAlign{.samples = 1 << 20},
       .inputs = {square, f32({1, 4}, {0, 0, 2, 2}), i64({1}, {0})},
       .refuses = "samples per bin"},
      {.name = "the maximum of bins",
       .op = MaxRoiPool{.height = 2},
       .inputs = {square, f32({1, 5}, {0, 0, 0, 1, 1})},
       .outputs = {f32({1, 2, 1, 1}, {2, 4})}},
  };
}

}  // namespace

Cases detect_cases() {
  // Two boxes at the same place, one elsewhere.
  const auto anchors = f32({3, 4}, {0.5F, 0.5F, 1, 1, 0.5F, 0.5F, 1, 1, 2.5F, 0.5F, 1, 1});
  const auto boxes = f32({1, 3, 4}, std::vector<float>(12, 0));
  const auto scores = f32({1, 3, 2}, {0.5F, 0.1F, 0.2F, 0.9F, 0.6F, 0.3F});
  const auto corners = f32({3, 4}, {0, 0, 1, 1, 1, 1, 0, 0, 2, 0, 3, 1});
  Cases all = {
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
  const Cases more = region_cases();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace slipway::ops
