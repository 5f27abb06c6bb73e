#include "vision/detect.h"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "vision/classify.h"
#include "vision/labels.h"

namespace slipway {
namespace {

/// From a part of the model's input to a part of the original picture, along one axis.
float undo(float part, std::int64_t input, std::int64_t offset, std::int64_t resized) {
  const double at = static_cast<double>(part) * static_cast<double>(input);
  const double whole = (at + static_cast<double>(offset)) / static_cast<double>(resized);
  return static_cast<float>(std::clamp(whole, 0.0, 1.0));
}

/// Collects boxes that are given in parts of the model's input.
class Collector {
 public:
  Collector(const Recipe& recipe, const Placement& placement)
      : recipe_(recipe), placement_(placement) {}

  void add(std::span<const float, 4> x1y1x2y2, float class_number, float score) {
    if (!(score >= recipe_.score_threshold) || !(std::abs(class_number) < 1e6F)) return;
    for (const float corner : x1y1x2y2) {
      if (!std::isfinite(corner)) return;
    }
    const auto& [picture, input, resized, left, top] = placement_;
    Box box;
    box.x1 = undo(x1y1x2y2[0], input.width, left, resized.width);
    box.y1 = undo(x1y1x2y2[1], input.height, top, resized.height);
    box.x2 = undo(x1y1x2y2[2], input.width, left, resized.width);
    box.y2 = undo(x1y1x2y2[3], input.height, top, resized.height);
    if (box.x2 <= box.x1 || box.y2 <= box.y1) return;
    box.class_index = static_cast<int>(std::lround(class_number));
    box.score = score;
    box.label = label_of(recipe_, box.class_index);
    boxes_.push_back(std::move(box));
  }

  /// Best first, the earlier of equal ones first.
  [[nodiscard]] std::vector<Box> take() && {
    std::stable_sort(boxes_.begin(), boxes_.end(),
                     [](const Box& a, const Box& b) { return a.score > b.score; });
    return std::move(boxes_);
  }

 private:
  const Recipe& recipe_;
  const Placement& placement_;
  std::vector<Box> boxes_;
};

Error misshapen(std::span<const Tensor> outputs, std::string_view wanted) {
  std::vector<std::string> shapes;
  for (const Tensor& output : outputs) shapes.push_back(output.shape().text());
  return fail(Code::invalid_input, "outputs {} where the recipe wants {}", fmt::join(shapes, " "),
              wanted);
}

std::vector<Tensor> dequantized_all(std::span<const Tensor> outputs) {
  std::vector<Tensor> out;
  for (const Tensor& output : outputs) out.push_back(dequantized(output));
  return out;
}

/// The last dimension, or 0 for a scalar.
std::int64_t last(const Tensor& tensor) {
  return tensor.shape().rank() == 0 ? 0 : tensor.shape().back(0);
}

Result<void> from_tflite(std::span<const Tensor> outputs, Collector& out) {
  static constexpr auto kWanted = "boxes [1,N,4], classes [1,N], scores [1,N], count [1]";
  if (outputs.size() != 4) return misshapen(outputs, kWanted);
  const auto boxes = outputs[0].values<float>();
  const auto classes = outputs[1].values<float>();
  const auto scores = outputs[2].values<float>();
  const auto count = outputs[3].values<float>();
  const std::size_t most = scores.size();
  if (last(outputs[0]) != 4 || boxes.size() != 4 * most || classes.size() != most ||
      count.size() != 1) {
    return misshapen(outputs, kWanted);
  }
  for (std::size_t i = 0; i < most && static_cast<float>(i) < count[0]; ++i) {
    const auto b = boxes.subspan(i * 4, 4);  // y1 x1 y2 x2
    out.add(std::array{b[1], b[0], b[3], b[2]}, classes[i], scores[i]);
  }
  return {};
}

Result<void> from_detection_output(std::span<const Tensor> outputs, Collector& out) {
  if (outputs.size() != 1 || last(outputs[0]) != 7) {
    return misshapen(outputs, "one [1,1,N,7]");
  }
  const auto values = outputs[0].values<float>();
  for (std::size_t i = 0; i + 7 <= values.size(); i += 7) {
    const auto row = values.subspan(i, 7);  // picture class score x1 y1 x2 y2
    if (!(row[0] >= 0)) break;
    out.add(row.subspan<3, 4>(), row[1], row[2]);
  }
  return {};
}

Result<void> from_corners(std::span<const Tensor> outputs, Scores kind, Collector& out) {
  static constexpr auto kWanted = "scores [1,N,classes], boxes [1,N,4]";
  if (outputs.size() != 2) return misshapen(outputs, kWanted);
  const bool swapped = last(outputs[0]) == 4 && last(outputs[1]) != 4;
  const Tensor& score_tensor = outputs[swapped ? 1 : 0];
  const auto scores = score_tensor.values<float>();
  const auto boxes = outputs[swapped ? 0 : 1].values<float>();
  const auto classes = static_cast<std::size_t>(last(score_tensor));
  if (last(outputs[swapped ? 0 : 1]) != 4 || classes < 2 ||
      scores.size() / classes != boxes.size() / 4) {
    return misshapen(outputs, kWanted);
  }
  for (std::size_t i = 0; i < boxes.size() / 4; ++i) {
    const auto row = scores.subspan(i * classes, classes);
    std::vector<double> shares(row.begin(), row.end());
    if (kind == Scores::logits) softmax(shares);
    for (std::size_t c = 1; c < classes; ++c) {  // 0 is the background
      out.add(boxes.subspan(i * 4).first<4>(), static_cast<float>(c),
              static_cast<float>(shares[c]));
    }
  }
  return {};
}

}  // namespace

float iou(const Box& a, const Box& b) {
  const float width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const float height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (!(width > 0 && height > 0)) return 0;
  const float shared = width * height;
  const float both = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared;
  return both > 0 ? shared / both : 0;
}

std::vector<Box> suppress(std::vector<Box> boxes, float iou_threshold) {
  std::stable_sort(boxes.begin(), boxes.end(),
                   [](const Box& a, const Box& b) { return a.score > b.score; });
  std::vector<Box> kept;
  for (Box& box : boxes) {
    const bool weaker = std::any_of(kept.begin(), kept.end(), [&](const Box& better) {
      return better.class_index == box.class_index && iou(better, box) > iou_threshold;
    });
    if (!weaker) kept.push_back(std::move(box));
  }
  return kept;
}

Result<std::vector<Box>> detect(std::span<const Tensor> outputs, const Recipe& recipe,
                                const Placement& placement) {
  const auto reals = dequantized_all(outputs);
  Collector found(recipe, placement);
  switch (recipe.boxes) {
    case BoxFormat::tflite_postprocess:
      SLIPWAY_TRY(from_tflite(reals, found));
      break;
    case BoxFormat::detection_output:
      SLIPWAY_TRY(from_detection_output(reals, found));
      break;
    case BoxFormat::corners_with_scores:
      SLIPWAY_TRY(from_corners(reals, recipe.scores, found));
      return suppress(std::move(found).take(), recipe.iou_threshold);
  }
  return std::move(found).take();
}

}  // namespace slipway
