// From what a detector predicts to the objects it saw, on top of ONNX's NonMaxSuppression.

#include <algorithm>
#include <cmath>
#include <limits>

#include "formats/onnx/write.h"
#include "ops/detect/post_process.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

bool always(const OnnxWriter&) { return true; }

std::string real(OnnxWriter& writer, float value) {
  return writer.number(DType::f32, static_cast<double>(value));
}

std::string columns(OnnxWriter& writer, const std::string& x, std::int64_t from, std::int64_t to,
                    std::int64_t axis) {
  return writer.add("Slice",
                    {x, writer.indices({from}), writer.indices({to}), writer.indices({axis})});
}

/// Corners (top, left, bottom, right) of boxes that are written against their anchors, [n, 4].
std::string decoded(OnnxWriter& writer, const ops::DetectionPostProcess& op) {
  const auto code =
      columns(writer, writer.reshape(writer.last(0), {-1, writer.type(0).shape[2]}), 0, 4, 1);
  const auto scale =
      writer.constant(Tensor::of({4}, std::vector(op.scale.begin(), op.scale.end())));
  const auto scaled = writer.add("Div", {code, scale});
  const auto places = columns(writer, writer.last(2), 0, 2, 1);
  const auto sizes = columns(writer, writer.last(2), 2, 4, 1);
  const auto moved = writer.add("Mul", {columns(writer, scaled, 0, 2, 1), sizes});
  const auto centre = writer.add("Add", {moved, places});
  const auto grown =
      writer.add("Mul", {writer.add("Exp", {columns(writer, scaled, 2, 4, 1)}), sizes});
  const auto half = writer.add("Mul", {grown, real(writer, 0.5F)});
  return writer.add("Concat",
                    {writer.add("Sub", {centre, half}), writer.add("Add", {centre, half})},
                    {{"axis", 1}});
}

/// Rows (picture, class, box) of the boxes that survive; scores are [classes, n].
std::string survivors(OnnxWriter& writer, const ops::DetectionPostProcess& op,
                      const std::string& boxes, const std::string& scores, std::int64_t most) {
  const auto zero = writer.indices({0});
  // ONNX wants more than the threshold, ours may be equal to it.
  const float below = std::nextafter(op.score_threshold, -std::numeric_limits<float>::infinity());
  return writer.add(
      "NonMaxSuppression",
      {writer.add("Unsqueeze", {boxes, zero}), writer.add("Unsqueeze", {scores, zero}),
       writer.indices({most}), writer.constant(Tensor::of<float>({1}, {op.iou_threshold})),
       writer.constant(Tensor::of<float>({1}, {below}))});
}

std::string column(OnnxWriter& writer, const std::string& rows, std::int64_t which) {
  const auto index = writer.number(DType::i64, static_cast<double>(which));
  return writer.add("Gather", {rows, index}, {{"axis", 1}});
}

/// What was found, best first: boxes [r, 4], classes and scores [r], and how many groups [1].
struct Found {
  std::string boxes;
  std::string classes;
  std::string scores;
  std::string count;
};

/// Fills up with zeros to `rows` rows and gives the outputs their shapes.
void finish(OnnxWriter& writer, const Found& found, std::int64_t rows) {
  const auto zero = writer.indices({0});
  const auto there = writer.add("Shape", {found.scores});
  const auto missing = writer.add("Sub", {writer.indices({rows}), there});
  const auto behind = writer.add("Concat", {zero, missing}, {{"axis", 0}});
  const auto below = writer.add("Concat", {writer.indices({0, 0}), missing, zero}, {{"axis", 0}});
  const auto list = [&](const std::string& x) {
    return writer.reshape(writer.add("Pad", {x, behind}), {1, rows});
  };
  writer.result(0, writer.reshape(writer.add("Pad", {found.boxes, below}), {1, rows, 4}));
  writer.result(1, list(found.classes));
  writer.result(2, list(found.scores));
  writer.result(3, writer.cast(found.count, DType::i64, DType::f32));
}

/// Boxes compete with their best class; each survivor is listed with its best classes.
Found best_class_first(OnnxWriter& writer, const ops::DetectionPostProcess& op,
                       const std::string& boxes, const std::string& scores) {
  const auto listed = std::min(op.max_classes_per_detection, op.classes);
  const auto best = writer.reduced("ReduceMax", scores, {1}, false);
  const auto rows = survivors(
      writer, op, boxes, writer.add("Unsqueeze", {best, writer.indices({0})}), op.max_detections);
  const auto kept = column(writer, rows, 2);
  const auto top = writer.add_all(
      "TopK", {writer.add("Gather", {scores, kept}, {{"axis", 0}}), writer.indices({listed})},
      {{"axis", -1}}, 2);
  auto of_kept = writer.add("Gather", {boxes, kept}, {{"axis", 0}});
  of_kept = writer.add("Unsqueeze", {of_kept, writer.indices({1})});
  of_kept = writer.add("Tile", {of_kept, writer.indices({1, listed, 1})});
  auto classes = writer.cast(top[1], DType::i64, DType::f32);
  auto values = top[0];
  // Fewer classes than places: the rest of the group stays empty.
  const auto spare = op.max_classes_per_detection - listed;
  if (spare > 0) {
    of_kept = writer.add("Pad", {of_kept, writer.indices({0, 0, 0, 0, spare, 0})});
    classes = writer.add("Pad", {classes, writer.indices({0, 0, 0, spare})});
    values = writer.add("Pad", {values, writer.indices({0, 0, 0, spare})});
  }
  return {writer.reshape(of_kept, {-1, 4}), writer.reshape(classes, {-1}),
          writer.reshape(values, {-1}), writer.add("Shape", {kept})};
}

/// Boxes compete within each class; the best of all classes are listed.
Found class_by_class(OnnxWriter& writer, const ops::DetectionPostProcess& op,
                     const std::string& boxes, const std::string& scores) {
  const auto rows =
      survivors(writer, op, boxes, writer.transpose(scores, {1, 0}), op.detections_per_class);
  const auto kept = column(writer, rows, 2);
  const auto classes = column(writer, rows, 1);
  const auto pairs = writer.add("Gather", {rows, writer.indices({2, 1})}, {{"axis", 1}});
  const auto values = writer.add("GatherND", {scores, pairs});
  const auto most =
      writer.add("Min", {writer.add("Shape", {values}), writer.indices({op.max_detections})});
  const auto top = writer.add_all("TopK", {values, most}, {{"axis", -1}}, 2);
  const auto of_top = writer.add("Gather", {kept, top[1]}, {{"axis", 0}});
  const auto best = writer.add("Gather", {classes, top[1]}, {{"axis", 0}});
  return {writer.add("Gather", {boxes, of_top}, {{"axis", 0}}),
          writer.cast(best, DType::i64, DType::f32), top[0], most};
}

Result<void> post_process(OnnxWriter& writer) {
  const auto& op = writer.as<ops::DetectionPostProcess>();
  const auto& shape = writer.type(1).shape;
  if (!writer.type(0).shape.is_known() || !shape.is_known() || shape[1] == 0)
    return fail(Code::unsupported, "a number of boxes that is only known when the graph runs");
  const auto boxes = decoded(writer, op);
  // The background, where there is one, stands in front.
  auto scores = writer.reshape(writer.last(1), {shape[1], shape[2]});
  scores = columns(writer, scores, shape[2] - op.classes, shape[2], 1);
  const auto found = op.regular ? class_by_class(writer, op, boxes, scores)
                                : best_class_first(writer, op, boxes, scores);
  finish(writer, found, op.max_detections * op.max_classes_per_detection);
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_detect() {
  static constexpr OnnxWriteRow kRows[] = {
      {"DetectionPostProcess",
       "max_detections max_classes_per_detection detections_per_class classes score_threshold "
       "iou_threshold scale regular",
       post_process, always, never},
  };
  return kRows;
}

}  // namespace slipway::formats
