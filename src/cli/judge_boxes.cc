#include <map>
#include <mutex>

#include "cli/judge.h"
#include "measure/average_precision.h"
#include "vision/detect.h"
#include "vision/labels.h"

namespace slipway::cli {
namespace {

/// Figures in the order of COCO, with the names that they have in documents and in the table.
struct Figure {
  const char* name;
  const char* words;
  std::optional<double> measure::AveragePrecision::*value;
};

using Ap = measure::AveragePrecision;

constexpr Figure kFigures[] = {
    {"map", "AP at overlaps of .50 to .95", &Ap::ap},
    {"ap50", "AP at an overlap of .50", &Ap::ap50},
    {"ap75", "AP at an overlap of .75", &Ap::ap75},
    {"ap_small", "AP, small", &Ap::ap_small},
    {"ap_medium", "AP, medium", &Ap::ap_medium},
    {"ap_large", "AP, large", &Ap::ap_large},
    {"ar1", "AR of 1 box", &Ap::ar1},
    {"ar10", "AR of 10 boxes", &Ap::ar10},
    {"ar100", "AR of 100 boxes", &Ap::ar100},
    {"ar_small", "AR, small", &Ap::ar_small},
    {"ar_medium", "AR, medium", &Ap::ar_medium},
    {"ar_large", "AR, large", &Ap::ar_large},
};

/// Gathers boxes; they are counted at the end.
class BoxJudge final : public Judge {
 public:
  BoxJudge(const DataSet& data, const Recipe& recipe, std::map<int, std::int64_t> categories)
      : data_(data),
        recipe_(recipe),
        categories_(std::move(categories)),
        found_(data.pictures.size()) {}

  Result<Place> see(const Looked& looked, std::span<const Tensor> outputs) override {
    const auto boxes = SLIPWAY_TRY(detect(outputs, recipe_, looked.placement));
    const auto width = static_cast<double>(looked.placement.picture.width);
    const auto height = static_cast<double>(looked.placement.picture.height);
    std::vector<measure::FoundBox> found;
    for (const auto& box : boxes) {
      const auto category = category_of(box.class_index);
      if (!category) continue;
      const double left = static_cast<double>(box.x1) * width;
      const double top = static_cast<double>(box.y1) * height;
      found.push_back({.image = data_.images[looked.picture],
                       .category = *category,
                       .left = left,
                       .top = top,
                       .width = static_cast<double>(box.x2) * width - left,
                       .height = static_cast<double>(box.y2) * height - top,
                       .score = static_cast<double>(box.score)});
    }
    const std::lock_guard lock(mutex_);
    found_[looked.picture] = std::move(found);
    return Place();
  }

  [[nodiscard]] std::string so_far() const override { return {}; }

  void add_to(Json& document) const override {
    const auto is = count();
    document.set("top1", Json());
    document.set("top5", Json());
    for (const auto& figure : kFigures) {
      const auto value = is.*figure.value;
      document.set(figure.name, value ? Json(100 * *value) : Json());
    }
  }

  void print(World& world) const override {
    const auto is = count();
    for (const auto& figure : kFigures) {
      const auto value = is.*figure.value;
      const auto text = value ? fmt::format("{:.2f} %", 100 * *value) : std::string("n/a");
      world.print("{:<10}  {:<9} {}\n", figure.name, text, figure.words);
    }
  }

  /// As COCO takes results.
  [[nodiscard]] std::string predictions() const override {
    const std::lock_guard lock(mutex_);
    Json out(Json::Array{});
    for (const auto& boxes : found_) {
      if (!boxes) continue;
      for (const auto& box : *boxes) {
        Json row;
        row.set("image_id", box.image);
        row.set("category_id", box.category);
        row.set("bbox", Json::Array{box.left, box.top, box.width, box.height});
        row.set("score", box.score);
        out.push(std::move(row));
      }
    }
    return out.text(0) + "\n";
  }

 private:
  [[nodiscard]] std::optional<std::int64_t> category_of(int class_index) const {
    if (data_.categories.empty()) return class_index;
    const auto found = categories_.find(class_index);
    if (found == categories_.end()) return std::nullopt;
    return found->second;
  }

  /// Of the pictures that were seen.
  [[nodiscard]] measure::AveragePrecision count() const {
    const std::lock_guard lock(mutex_);
    std::vector<measure::TrueBox> truth;
    std::vector<measure::FoundBox> found;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (!found_[i]) continue;
      truth.insert(truth.end(), data_.boxes[i].begin(), data_.boxes[i].end());
      found.insert(found.end(), found_[i]->begin(), found_[i]->end());
    }
    return measure::average_precision(truth, found);
  }

  const DataSet& data_;
  const Recipe& recipe_;
  std::map<int, std::int64_t> categories_;  // by the class of the model
  mutable std::mutex mutex_;
  std::vector<std::optional<std::vector<measure::FoundBox>>> found_;
};

/// Categories by name where the model's labels have one of their names, else by number: category n
/// is the class with label n.
std::map<int, std::int64_t> map_categories(const DataSet& data, const Recipe& recipe) {
  std::map<int, std::int64_t> by_name;
  std::map<int, std::int64_t> by_number;
  for (const auto& category : data.categories) {
    by_number[static_cast<int>(category.id) - recipe.label_offset] = category.id;
    for (std::size_t i = 0; i < recipe.labels.size(); ++i)
      if (recipe.labels[i] == category.name)
        by_name[static_cast<int>(i) - recipe.label_offset] = category.id;
  }
  return by_name.empty() && recipe.labels.empty() ? by_number : by_name;
}

}  // namespace

Result<std::unique_ptr<Judge>> judge_of_boxes(const DataSet& data, const Recipe& recipe) {
  auto categories = map_categories(data, recipe);
  if (!data.categories.empty() && categories.empty())
    return fail(Code::invalid_input,
                "none of the {} categories in {} is a label of the model: '{}' is not, for one",
                data.categories.size(), data.source, data.categories[0].name)
        .with_remedy("--labels F, with the names that the categories have");
  std::unique_ptr<Judge> out = std::make_unique<BoxJudge>(data, recipe, std::move(categories));
  return out;
}

}  // namespace slipway::cli
