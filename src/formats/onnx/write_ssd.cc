// DetectionOutput in ONNX's operators. What varies in number is written into tables of fixed size,
// so that each picture has its own limits.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "formats/onnx/write.h"
#include "ops/detect/detection_output.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

bool always(const OnnxWriter&) { return true; }

/// Writes one DetectionOutput. n pictures, p priors, c classes but the background; of each class
/// `rivals` compete, of each picture `listed` are listed.
class Detections {
 public:
  explicit Detections(OnnxWriter& writer)
      : w_(writer), op_(writer.as<ops::DetectionOutput>()), n_(writer.type(0).shape[0]) {
    p_ = writer.type(2).shape[2] / (op_.normalized ? 4 : 5);
    const auto classes = writer.type(1).shape[1] / p_;
    for (std::int64_t label = 0; label < classes; ++label) {
      if (label != op_.background_label_id) labels_.push_back(label);
    }
    classes_ = classes;
    c_ = std::ssize(labels_);
    rivals_ = op_.top_k < 0 ? p_ : std::min(op_.top_k, p_);
    rows_ = writer.output_type(0).shape[2];
    listed_ = std::min(rows_ / n_, c_ * rivals_);
  }

  [[nodiscard]] bool is_empty() const { return c_ == 0 || rivals_ == 0 || listed_ == 0; }

  void write() {
    const auto boxes = decoded();
    const auto kept = survivors(boxes);
    const auto best = w_.add_all("TopK", {w_.reshape(kept, {n_, p_ * c_}), w_.indices({listed_})},
                                 {{"axis", -1}}, 2);
    const auto found = w_.add("Greater", {best[0], number(kNothing)});
    const auto order = by_class(best[1], found);
    const auto at = w_.add("GatherElements", {best[1], order}, {{"axis", 1}});
    finish(boxes, at, w_.add("GatherElements", {best[0], order}, {{"axis", 1}}),
           w_.add("GatherElements", {found, order}, {{"axis", 1}}));
  }

 private:
  static constexpr float kNothing = -std::numeric_limits<float>::infinity();

  std::string number(float value) { return w_.constant(Tensor::of<float>({}, {value})); }

  std::string integer(std::int64_t value) {
    return w_.constant(Tensor::of<std::int64_t>({}, {value}));
  }

  std::string slice(const std::string& x, std::int64_t from, std::int64_t to, std::int64_t axis) {
    return w_.add("Slice", {x, w_.indices({from}), w_.indices({to}), w_.indices({axis})});
  }

  std::string unsqueezed(const std::string& x, std::int64_t axis) {
    return w_.add("Unsqueeze", {x, w_.indices({axis})});
  }

  /// Numbers of priors, [1 or n, p, 4], with one more dimension where classes have their own boxes.
  std::string per_prior(const std::string& x) { return op_.share_location ? x : unsqueezed(x, 2); }

  std::string priors() {
    const auto pictures = w_.type(2).shape[0];
    const auto first = slice(w_.last(2), 0, 1, 1);
    if (op_.normalized) return per_prior(w_.reshape(first, {pictures, p_, 4}));
    const auto width = static_cast<float>(op_.input_width);
    const auto height = static_cast<float>(op_.input_height);
    const auto size = Tensor::of<float>({4}, {width, height, width, height});
    const auto corners = slice(w_.reshape(first, {pictures, p_, 5}), 1, 5, 2);
    return per_prior(w_.add("Div", {corners, w_.constant(size)}));
  }

  /// Boxes as (left, top, right, bottom): [n, p, 4] or [n, p, classes, 4].
  std::string decoded() {
    const auto prior = priors();
    auto code =
        w_.reshape(w_.last(0), op_.share_location ? List{n_, p_, 4} : List{n_, p_, classes_, 4});
    if (!op_.variance_encoded_in_target) {
      auto variance = slice(slice(w_.last(2), 1, 2, 1), 0, 4 * p_, 2);
      variance = per_prior(w_.reshape(variance, {w_.type(2).shape[0], p_, 4}));
      code = w_.add("Mul", {variance, code});
    }
    std::string boxes;
    if (op_.code_type == ops::BoxCode::corner) {
      boxes = w_.add("Add", {prior, code});
    } else {
      const auto low = slice(prior, 0, 2, -1);
      const auto high = slice(prior, 2, 4, -1);
      const auto size = w_.add("Sub", {high, low});
      const auto middle = w_.add("Div", {w_.add("Add", {low, high}), number(2)});
      const auto centre = w_.add("Add", {w_.add("Mul", {slice(code, 0, 2, -1), size}), middle});
      const auto grown = w_.add("Mul", {w_.add("Exp", {slice(code, 2, 4, -1)}), size});
      const auto half = w_.add("Div", {grown, number(2)});
      boxes = w_.add("Concat", {w_.add("Sub", {centre, half}), w_.add("Add", {centre, half})},
                     {{"axis", -1}});
    }
    if (!op_.share_location) boxes = w_.add("Gather", {boxes, w_.indices(labels_)}, {{"axis", 2}});
    return op_.clip_before_nms ? w_.add("Clip", {boxes, number(0), number(1)}) : boxes;
  }

  /// The scores of those that survive, [n * p * c], and nothing for the others. A class of a
  /// picture is what NonMaxSuppression calls a batch: each has its own best priors.
  std::string survivors(const std::string& boxes) {
    auto scores = w_.transpose(w_.reshape(w_.last(1), {n_, p_, classes_}), {0, 2, 1});
    scores = w_.add("Gather", {scores, w_.indices(labels_)}, {{"axis", 1}});
    const auto best = w_.add_all("TopK", {scores, w_.indices({rivals_})}, {{"axis", -1}}, 2);
    const auto own = op_.share_location ? boxes : w_.transpose(boxes, {0, 2, 1, 3});
    const auto competing = w_.add("GatherND", {own, unsqueezed(best[1], -1)},
                                  {{"batch_dims", op_.share_location ? 1 : 2}});
    const auto threshold = [&](float value) {
      return w_.constant(Tensor::of<float>({1}, {value}));
    };
    const auto rows = w_.add(
        "NonMaxSuppression",
        {w_.reshape(competing, {n_ * c_, rivals_, 4}), w_.reshape(best[0], {n_ * c_, 1, rivals_}),
         w_.indices({rivals_}), threshold(op_.nms_threshold), threshold(op_.confidence_threshold)});
    const auto places = w_.add("Gather", {rows, w_.indices({0, 2})}, {{"axis", 1}});
    const auto of_group = [&](const std::string& x) {
      return w_.add("GatherND", {w_.reshape(x, {n_ * c_, rivals_}), places});
    };
    // Priors before classes: of equal scores the earlier prior is the better one.
    const auto group = w_.add("Gather", {rows, integer(0)}, {{"axis", 1}});
    const auto picture = w_.add("Div", {group, integer(c_)});
    const auto label = w_.add("Sub", {group, w_.add("Mul", {picture, integer(c_)})});
    auto at = w_.add("Add", {w_.add("Mul", {picture, integer(p_)}), of_group(best[1])});
    at = w_.add("Add", {w_.add("Mul", {at, integer(c_)}), label});
    const auto empty = w_.add("ConstantOfShape", {w_.indices({n_ * p_ * c_})},
                              {{"value", Tensor::of<float>({1}, {kNothing})}});
    const auto kept = of_group(best[0]);
    return w_.add("ScatterND", {empty, unsqueezed(at, -1), kept});
  }

  /// The order of what is listed: class by class, best first, what was not found last.
  std::string by_class(const std::string& at, const std::string& found) {
    const auto label = w_.add("Mod", {at, integer(c_)});
    const auto group = w_.add("Where", {found, label, integer(c_)});
    List ranks(static_cast<std::size_t>(listed_));
    std::iota(ranks.begin(), ranks.end(), 0);
    const auto key = w_.add("Add", {w_.add("Mul", {group, integer(listed_)}), w_.indices(ranks)});
    return w_.add_all("TopK", {key, w_.indices({listed_})}, {{"axis", -1}, {"largest", 0}}, 2)[1];
  }

  /// Rows of picture, class, score and box; the first that is not used begins with -1.
  void finish(const std::string& boxes, const std::string& at, const std::string& scores,
              const std::string& found) {
    const auto index = w_.add("Mod", {at, integer(c_)});
    const auto prior = unsqueezed(w_.add("Div", {at, integer(c_)}), -1);
    const auto place = op_.share_location
                           ? prior
                           : w_.add("Concat", {prior, unsqueezed(index, -1)}, {{"axis", -1}});
    auto box = w_.add("GatherND", {boxes, place}, {{"batch_dims", 1}});
    if (op_.clip_after_nms) box = w_.add("Clip", {box, number(0), number(1)});
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < n_ * listed_; ++i)
      numbers.push_back(static_cast<float>(i / listed_));
    const auto picture = w_.constant(Tensor::of({n_, listed_, 1}, numbers));
    const auto label = w_.cast(w_.add("Gather", {w_.indices(labels_), index}, {{"axis", 0}}),
                               DType::i64, DType::f32);
    const auto rows = w_.add(
        "Concat", {picture, unsqueezed(label, -1), unsqueezed(scores, -1), box}, {{"axis", -1}});
    const auto used =
        w_.add("Compress", {w_.reshape(rows, {-1, 7}), w_.reshape(found, {-1})}, {{"axis", 0}});
    const auto stop = w_.constant(Tensor::of<float>({1, 7}, {-1, 0, 0, 0, 0, 0, 0}));
    const auto zeros = w_.add("ConstantOfShape", {w_.indices({rows_, 7})});
    const auto all = w_.add("Concat", {used, stop, zeros}, {{"axis", 0}});
    w_.result(0, w_.reshape(slice(all, 0, rows_, 0), {1, 1, rows_, 7}));
  }

  OnnxWriter& w_;
  const ops::DetectionOutput& op_;
  std::int64_t n_;
  std::int64_t p_ = 0;
  std::int64_t classes_ = 0;
  std::int64_t c_ = 0;
  std::int64_t rivals_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t listed_ = 0;
  List labels_;
};

Result<void> detection_output(OnnxWriter& writer) {
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& shape = writer.type(i).shape;
    if (!shape.is_known() || shape.elements() == 0)
      return fail(Code::unsupported, "a number of boxes that is only known when the graph runs");
  }
  Detections detections(writer);
  if (detections.is_empty()) return fail(Code::unsupported, "ONNX has no operator for no boxes");
  detections.write();
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_ssd() {
  static constexpr OnnxWriteRow kRows[] = {
      {"DetectionOutput",
       "background_label_id top_k keep_top_k code_type nms_threshold confidence_threshold "
       "input_height input_width variance_encoded_in_target share_location clip_after_nms "
       "clip_before_nms normalized",
       detection_output, always, never},
  };
  return kRows;
}

}  // namespace slipway::formats
