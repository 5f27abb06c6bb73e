#include <mutex>

#include "cli/judge.h"
#include "measure/confusion.h"
#include "vision/labels.h"
#include "vision/segment.h"

namespace slipway::cli {
namespace {

static_assert(measure::Confusion::kIgnored == Mask::kUnseen);

/// Compares pixel by pixel.
class MaskJudge final : public Judge {
 public:
  MaskJudge(const DataSet& data, const Recipe& recipe, std::int64_t classes)
      : data_(data), recipe_(recipe), confusion_(static_cast<std::size_t>(classes)) {}

  Result<Place> see(const Looked& looked, std::span<const Tensor> outputs) override {
    const auto found = SLIPWAY_TRY(segment(outputs[0], recipe_, looked.placement));
    const auto& path = data_.masks[looked.picture];
    if (found.width != looked.mask.width || found.height != looked.mask.height)
      return fail(Code::invalid_input, "{} has {} x {} pixels, its picture {} x {}", path,
                  looked.mask.width, looked.mask.height, found.width, found.height);
    const auto classes = static_cast<int>(confusion_.classes());
    const auto thing = data_.things[looked.picture];
    auto truth = looked.mask.classes;
    for (int& is : truth) {
      // White in gray masks of two classes is the second; of more, it is what nobody labelled.
      if (is == kSomething || (is == kUnlabelled && classes == 2)) {
        if (!thing)
          return fail(Code::invalid_input, "{} is white where nobody says what there is", path)
              .with_remedy("masks with classes as gray values, or a labels.csv");
        is = *thing;
      } else if (is == kUnlabelled) {
        is = Mask::kUnseen;
      }
      if (is >= classes)
        return fail(Code::invalid_input, "{} has class {}, and the model's classes are 0 to {}",
                    path, is, classes - 1)
            .with_remedy("are they masks for another model?");
    }
    for (const int is : found.classes)
      if (is >= classes)
        return fail(Code::invalid_input, "the model says class {} of {}", is, classes);
    measure::Confusion own(confusion_.classes());
    own.add(truth, found.classes);
    const std::lock_guard lock(mutex_);
    confusion_.add(own);
    return Place();
  }

  [[nodiscard]] std::string so_far() const override {
    const std::lock_guard lock(mutex_);
    if (confusion_.total() == 0) return {};
    return fmt::format("mIOU {:.1f} %", 100 * confusion_.mean_iou());
  }

  void add_to(Json& document) const override {
    const std::lock_guard lock(mutex_);
    const bool any = confusion_.total() > 0;
    document.set("top1", Json());
    document.set("top5", Json());
    document.set("miou", any ? Json(100 * confusion_.mean_iou()) : Json());
    document.set("f1_weighted", any ? Json(100 * confusion_.weighted_f1()) : Json());
    document.set("pixel_accuracy", any ? Json(100 * confusion_.right()) : Json());
    document.set("pixels", confusion_.total());
    Json classes(Json::Array{});
    for (std::size_t i = 0; i < confusion_.classes(); ++i) {
      const auto iou = confusion_.iou(i);
      if (!iou) continue;
      Json row;
      row.set("index", i);
      row.set("label", label_of(recipe_, static_cast<std::int64_t>(i)));
      row.set("iou", 100 * *iou);
      row.set("f1", 100 * *confusion_.f1(i));
      classes.push(std::move(row));
    }
    document.set("classes", std::move(classes));
  }

  void print(World& world) const override {
    const std::lock_guard lock(mutex_);
    if (confusion_.total() == 0) return;
    world.print("mIOU        {:.2f} %   (of {} pixels)\n", 100 * confusion_.mean_iou(),
                confusion_.total());
    world.print("F1          {:.2f} %   (each class with its pixels)\n",
                100 * confusion_.weighted_f1());
    world.print("pixels      {:.2f} %   right\n", 100 * confusion_.right());
  }

  [[nodiscard]] std::string predictions() const override { return {}; }

 private:
  const DataSet& data_;
  const Recipe& recipe_;
  mutable std::mutex mutex_;
  measure::Confusion confusion_;
};

}  // namespace

std::unique_ptr<Judge> judge_of_masks(const DataSet& data, const Recipe& recipe,
                                      std::int64_t classes) {
  return std::make_unique<MaskJudge>(data, recipe, classes);
}

}  // namespace slipway::cli
