#include "ops/detect/post_process.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/detect/box.h"

namespace slipway::ops {
namespace {

struct Detection {
  std::size_t box;
  std::size_t label;
  float score;
};

/// Errors  invalid_input: a box whose bottom is above its top, or its right left of its left
Result<std::vector<Box>> decode(const Tensor& boxes, const Tensor& anchors,
                                const std::array<float, 4>& scale) {
  const auto code = boxes.values<float>();
  const auto anchor = anchors.values<float>();
  const auto width = static_cast<std::size_t>(boxes.shape()[2]);
  std::vector<Box> out(static_cast<std::size_t>(boxes.shape()[1]));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto coded = [&](std::size_t k) {
      return static_cast<double>(code[i * width + k]) / static_cast<double>(scale[k]);
    };
    const auto at = [&](std::size_t k) { return static_cast<double>(anchor[i * 4 + k]); };
    const auto y = static_cast<float>(coded(0) * at(2) + at(0));
    const auto x = static_cast<float>(coded(1) * at(3) + at(1));
    const auto half_height = static_cast<float>(0.5 * std::exp(coded(2)) * at(2));
    const auto half_width = static_cast<float>(0.5 * std::exp(coded(3)) * at(3));
    out[i] = {y - half_height, x - half_width, y + half_height, x + half_width};
    if (out[i].top > out[i].bottom || out[i].left > out[i].right)
      return fail(Code::invalid_input, "box {} is turned inside out", i);
  }
  return out;
}

/// The scores of one run: rows of boxes, columns of classes behind the background.
class Scores {
 public:
  Scores(const Tensor& scores, std::size_t classes)
      : values_(scores.values<float>()),
        row_(static_cast<std::size_t>(scores.shape()[2])),
        classes_(classes) {}

  [[nodiscard]] std::size_t classes() const { return classes_; }

  [[nodiscard]] std::span<const float> of_box(std::size_t box) const {
    return values_.subspan(box * row_ + row_ - classes_, classes_);
  }

 private:
  std::span<const float> values_;
  std::size_t row_;
  std::size_t classes_;
};

/// The boxes that survive, best first.
std::vector<std::size_t> survivors(const std::vector<Box>& boxes, const std::vector<float>& scores,
                                   const DetectionPostProcess& op, std::size_t most) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] >= op.score_threshold) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<std::size_t> kept;
  for (const auto i : order) {
    if (kept.size() >= most) break;
    const auto hides = [&](std::size_t better) {
      return overlap(boxes[better], boxes[i]) > op.iou_threshold;
    };
    if (std::none_of(kept.begin(), kept.end(), hides)) kept.push_back(i);
  }
  return kept;
}

/// The best classes of a box, best first. A score that is no number is worse than all others.
std::vector<std::size_t> best_classes(std::span<const float> scores, std::size_t most) {
  std::vector<std::size_t> order(scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (std::isnan(scores[a]) || std::isnan(scores[b]))
      return std::isnan(scores[b]) && !std::isnan(scores[a]);
    return scores[a] > scores[b];
  });
  order.resize(std::min(most, order.size()));
  return order;
}

std::vector<Detection> fast(const std::vector<Box>& boxes, const Scores& scores,
                            const DetectionPostProcess& op) {
  std::vector<float> best(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto row = scores.of_box(i);
    best[i] = row[best_classes(row, 1)[0]];
  }
  std::vector<Detection> found;
  const auto most = static_cast<std::size_t>(op.max_classes_per_detection);
  for (const auto box : survivors(boxes, best, op, static_cast<std::size_t>(op.max_detections))) {
    const auto row = scores.of_box(box);
    const auto labels = best_classes(row, most);
    for (const auto label : labels) found.push_back({box, label, row[label]});
    // Fewer classes than places: the rest of the group stays empty.
    for (std::size_t i = labels.size(); i < most; ++i) found.push_back({boxes.size(), 0, 0});
  }
  return found;
}

std::vector<Detection> regular(const std::vector<Box>& boxes, const Scores& scores,
                               const DetectionPostProcess& op) {
  std::vector<Detection> found;
  std::vector<float> column(boxes.size());
  for (std::size_t label = 0; label < scores.classes(); ++label) {
    for (std::size_t i = 0; i < boxes.size(); ++i) column[i] = scores.of_box(i)[label];
    for (const auto box :
         survivors(boxes, column, op, static_cast<std::size_t>(op.detections_per_class)))
      found.push_back({box, label, column[box]});
    std::stable_sort(found.begin(), found.end(),
                     [](const Detection& a, const Detection& b) { return a.score > b.score; });
    found.resize(std::min(found.size(), static_cast<std::size_t>(op.max_detections)));
  }
  return found;
}

Result<void> check_attributes(const DetectionPostProcess& op) {
  if (op.max_detections < 0 || op.max_classes_per_detection < 1 || op.detections_per_class < 1 ||
      op.classes < 1) {
    return fail(Code::invalid_input, "{} detections of {} classes, {} per detection",
                op.max_detections, op.classes, op.max_classes_per_detection);
  }
  if (!(op.iou_threshold > 0 && op.iou_threshold <= 1))
    return fail(Code::invalid_input, "an overlap of {} is no threshold", op.iou_threshold);
  return {};
}

Result<void> check_shapes(const DetectionPostProcess& op, const Shape& boxes, const Shape& scores,
                          const Shape& anchors) {
  const bool fits = boxes[0] == 1 && scores[0] == 1 && boxes[1] == scores[1] && boxes[2] >= 4 &&
                    anchors[0] == boxes[1] && anchors[1] == 4 && scores[2] >= op.classes &&
                    scores[2] - op.classes <= 1;
  if (fits) return {};
  return fail(Code::invalid_input, "boxes {}, scores {} and anchors {} do not fit {} classes",
              boxes.text(), scores.text(), anchors.text(), op.classes);
}

}  // namespace

Result<Types> DetectionPostProcess::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  SLIPWAY_TRY(check_attributes(*this));
  static constexpr std::string_view kWhat[] = {"the boxes", "the scores", "the anchors"};
  for (std::size_t i = 0; i < 3; ++i) {
    SLIPWAY_TRY(check_dtype(kWhat[i], inputs.type(i), {DType::f32, DType::u8, DType::i8}));
    SLIPWAY_TRY(check_rank(kWhat[i], inputs.type(i), i == 2 ? 2 : 3));
    if (inputs.type(i).dtype != DType::f32) SLIPWAY_TRY(check_activation(kWhat[i], inputs.type(i)));
  }
  if (inputs.type(0).is_known() && inputs.type(1).is_known() && inputs.type(2).is_known()) {
    SLIPWAY_TRY(
        check_shapes(*this, inputs.type(0).shape, inputs.type(1).shape, inputs.type(2).shape));
  }
  if (max_detections > Shape::kMaxElements / max_classes_per_detection)
    return fail(Code::invalid_input, "{} detections", max_detections);
  const std::int64_t boxes[] = {1, max_detections * max_classes_per_detection, 4};
  const std::span all(boxes);
  const TensorType list{DType::f32, SLIPWAY_TRY(Shape::make(all.first(2))), {}};
  return Types{TensorType{DType::f32, SLIPWAY_TRY(Shape::make(all)), {}}, list, list,
               TensorType{DType::f32, {1}, {}}};
}

Cost DetectionPostProcess::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements() + inputs[1].shape.elements()};
}

Result<void> DetectionPostProcess::eval(EvalIo& io) const {
  SLIPWAY_TRY(check_attributes(*this));
  SLIPWAY_TRY(check_shapes(*this, io.type(0).shape, io.type(1).shape, io.type(2).shape));
  const auto boxes = SLIPWAY_TRY(decode(dequantized(io.input(0)), dequantized(io.input(2)), scale));
  const Tensor real = dequantized(io.input(1));
  const Scores scores(real, static_cast<std::size_t>(classes));
  const auto found =
      this->regular ? ops::regular(boxes, scores, *this) : fast(boxes, scores, *this);
  const auto out_boxes = io.out<float>(0);
  const auto out_classes = io.out<float>(1);
  const auto out_scores = io.out<float>(2);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].box == boxes.size()) continue;
    const auto& box = boxes[found[i].box];
    const float corners[] = {box.top, box.left, box.bottom, box.right};
    std::copy(corners, corners + 4, &out_boxes[i * 4]);
    out_classes[i] = static_cast<float>(found[i].label);
    out_scores[i] = found[i].score;
  }
  const auto groups = this->regular
                          ? found.size()
                          : found.size() / static_cast<std::size_t>(max_classes_per_detection);
  io.out<float>(3)[0] = static_cast<float>(groups);
  return {};
}

}  // namespace slipway::ops
