#pragma once
// From a detector's outputs to boxes on the picture.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/recipe.h"
#include "tensor/tensor.h"
#include "vision/preprocess.h"

namespace slipway {

/// Something found in a picture. Corners are parts of the original picture's width and height:
/// 0, 0 is its top left, 1, 1 its bottom right.
struct Box {
  float x1 = 0;
  float y1 = 0;
  float x2 = 0;
  float y2 = 0;
  int class_index = 0;
  float score = 0;
  std::string label;

  bool operator==(const Box&) const = default;
};

/// The area that two boxes share, over the area that they cover together; 0 for empty boxes.
[[nodiscard]] float iou(const Box& a, const Box& b);

/// Non-maximum suppression, greedy: from the best score down (the earlier of equal ones first), a
/// box stays unless one of its class that stayed overlaps it by more than `iou_threshold`. The
/// boxes that stay come best first.
[[nodiscard]] std::vector<Box> suppress(std::vector<Box> boxes, float iou_threshold);

/// What the outputs of a detector found in the picture that `placement` belongs to, best first.
/// Boxes are clipped to the picture; those below the recipe's score threshold, or without area in
/// the picture, are left out. Integer outputs are dequantized before anything else. Overlaps are
/// suppressed for BoxFormat::corners_with_scores; the other two come from models that did it.
///
/// Errors  invalid_input: outputs that are not shaped as recipe.boxes says
Result<std::vector<Box>> detect(std::span<const Tensor> outputs, const Recipe& recipe,
                                const Placement& placement);

}  // namespace slipway
