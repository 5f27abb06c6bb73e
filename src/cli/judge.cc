#include "cli/judge.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "base/csv.h"
#include "measure/accuracy.h"

namespace slipway::cli {
namespace {

/// Counts how often the right class comes first, or among the first five.
class ClassJudge final : public Judge {
 public:
  explicit ClassJudge(const DataSet& data) : data_(data), said_(data.pictures.size()) {}

  Result<Place> see(const Looked& looked, std::span<const Tensor> outputs) override {
    const auto real = dequantized(outputs[0]);
    const auto scores = real.values<float>();
    const auto truth = static_cast<std::size_t>(data_.classes[looked.picture]);
    if (truth >= scores.size())
      return fail(Code::invalid_input, "{} is of class {}, and the model gives {} scores",
                  data_.pictures[looked.picture], truth, scores.size());
    const auto rank = measure::rank_of(scores, truth);
    if (!rank)
      return fail(Code::invalid_input, "a score of {} is not a number",
                  data_.pictures[looked.picture]);
    const auto best = std::ranges::max_element(scores) - scores.begin();
    const std::lock_guard lock(mutex_);
    right_.add(*rank);
    said_[looked.picture] = Said{best, scores[static_cast<std::size_t>(best)]};
    return Place(rank);
  }

  [[nodiscard]] std::string so_far() const override {
    const std::lock_guard lock(mutex_);
    if (right_.pictures == 0) return {};
    return fmt::format("top-1 {:.1f} %, top-5 {:.1f} %", right_.top1(), right_.top5());
  }

  void add_to(Json& document) const override {
    const std::lock_guard lock(mutex_);
    const bool any = right_.pictures > 0;
    document.set("top1", any ? Json(right_.top1()) : Json());
    document.set("top5", any ? Json(right_.top5()) : Json());
  }

  void print(World& world) const override {
    const std::lock_guard lock(mutex_);
    if (right_.pictures == 0) return;
    world.print("top-1       {:.2f} %   ({} of {})\n", right_.top1(), right_.first,
                right_.pictures);
    world.print("top-5       {:.2f} %   ({} of {})\n", right_.top5(), right_.among_five,
                right_.pictures);
  }

  [[nodiscard]] std::string predictions() const override {
    std::string out = "file,label,pred,score\n";
    for (std::size_t i = 0; i < said_.size(); ++i) {
      if (!said_[i]) continue;
      out += fmt::format("{},{},{},{}\n", csv_cell(short_name(data_, i)), data_.classes[i],
                         said_[i]->index, said_[i]->score);
    }
    return out;
  }

 private:
  struct Said {
    std::ptrdiff_t index;
    float score;
  };

  const DataSet& data_;
  mutable std::mutex mutex_;
  measure::Right right_;
  std::vector<std::optional<Said>> said_;
};

}  // namespace

std::unique_ptr<Judge> judge_of_classes(const DataSet& data) {
  return std::make_unique<ClassJudge>(data);
}

Result<std::unique_ptr<Judge>> judge_of(Task task, const DataSet& data, const Recipe& recipe,
                                        std::int64_t classes) {
  if (task == Task::detect) return judge_of_boxes(data, recipe);
  if (task == Task::segment) return judge_of_masks(data, recipe, classes);
  return judge_of_classes(data);
}

}  // namespace slipway::cli
