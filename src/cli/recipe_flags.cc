#include "cli/recipe_flags.h"

#include <cstdlib>

#include "formats/import.h"
#include "vision/labels.h"

namespace slipway::cli {
namespace {

/// "123.7,116.3,103.5" as numbers.
Result<Json> numbers(std::string_view text) {
  Json out(Json::Array{});
  while (true) {
    const auto end = std::min(text.find(','), text.size());
    double x = 0;
    if (!convert(std::string(text.substr(0, end)), x))
      return fail(Code::invalid_input, "'{}' is no number", text.substr(0, end));
    out.push(x);
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

/// How many classes the model tells apart, or 0 where its outputs do not say.
std::int64_t classes_of(const Graph& graph, const Recipe& recipe, Task task) {
  if (graph.outputs().empty()) return 0;
  const auto& shape = graph.type(graph.outputs()[0]).shape;
  if (!shape.is_known() || shape.rank() == 0) return 0;
  if (task == Task::classify) return shape.elements() / std::max<std::int64_t>(1, shape[0]);
  if (task == Task::segment && shape.rank() == 4)
    return recipe.layout == Layout::nhwc ? shape[3] : shape[1];
  return 0;
}

/// Labels and classes that differ by one: one of the two counts the background.
void fit_labels(World& world, Recipe& recipe, std::int64_t classes, Task task) {
  const auto count = static_cast<std::int64_t>(recipe.labels.size());
  if (task == Task::detect) {
    const auto& first = recipe.labels[0];
    recipe.label_offset = first == "???" || first == "background" ? 1 : 0;
  } else if (count == classes + 1) {
    recipe.label_offset = 1;
    world.note("{} labels for {} classes: the first label, '{}', is taken for the background",
               count, classes, recipe.labels[0]);
  } else if (count == classes - 1) {
    recipe.label_offset = -1;
    world.note("{} labels for {} classes: class 0 is taken for the background", count, classes);
  } else {
    recipe.label_offset = 0;
    if (classes > 0 && count != classes)
      world.note("{} labels for {} classes: do they belong together?", count, classes);
  }
}

}  // namespace

void RecipeFlags::describe(Options& options, Task task) {
  options.value("--labels", "F", labels_, "names of the classes, one per line").takes_file = true;
  if (task == Task::detect)
    options.value("--threshold", "P", threshold_,
                  "drop boxes with a score below P, 0 to 1 (default: 0.5)");
  options.value("--recipe", "F", recipe_, "a recipe as JSON, instead of the model's own")
      .takes_file = true;
  options.value(
      "--mean", "X[,X,X]", mean_,
      "input = (pixel - mean) / std, pixels from 0 to 255; one value, or one per channel");
  options.value("--std", "X[,X,X]", std_, "see --mean");
  options.choice("--color", color_, {"rgb", "bgr", "gray"}, "the order of the channels");
  options.choice("--fit", fit_, {"crop", "stretch", "letterbox"},
                 "how a picture of another shape fills the model's input");
  options.value("--crop-ratio", "R", crop_ratio_,
                "for --fit crop: the input's part of the short side, 0 to 1");
  options.choice("--resize", resize_,
                 {"nearest", "nearest_asymmetric", "bilinear", "bilinear_asymmetric",
                  "bilinear_align_corners", "area", "bilinear_antialias"},
                 "how pixels are resized");
  if (task == Task::classify)
    options.choice("--scores", scores_, {"probabilities", "logits"}, "what the output holds");
  options.value("--label-offset", "N", label_offset_, "class i has label i + N");
}

Result<Recipe> RecipeFlags::apply(World& world, const Graph& graph, Task task) const {
  Recipe base = graph.recipe.value_or(Recipe{});
  if (recipe_) {
    const auto bytes = SLIPWAY_TRY(world.files.read(*recipe_));
    base = SLIPWAY_TRY(parse_recipe(as_text(bytes), base).during("reading {}", *recipe_));
  } else if (!mean_ && guesses_normalisation(graph)) {
    world.note(
        "the model does not say how pixels become numbers; -1 to 1 is assumed (--mean, "
        "--std, --recipe change it)");
  }

  Json changes(Json::Object{});
  const auto set_text = [&](const char* name, const std::optional<std::string>& value) {
    if (value) changes.set(name, *value);
  };
  for (const auto& [name, text] : {std::pair("mean", &mean_), std::pair("std", &std_)}) {
    if (!*text) continue;
    auto values = numbers(**text);
    if (!values)
      return world.usage("--{} takes a number or three, X,X,X: {}", name, values.error().message);
    changes.set(name, *std::move(values));
  }
  set_text("color", color_);
  set_text("fit", fit_);
  set_text("resize", resize_);
  set_text("scores", scores_);
  if (crop_ratio_) changes.set("crop_ratio", *crop_ratio_);
  if (threshold_) changes.set("score_threshold", *threshold_);
  if (label_offset_) changes.set("label_offset", *label_offset_);
  auto changed = parse_recipe(changes.text(), base);
  if (!changed) return world.usage("{}", changed.error().message);
  Recipe recipe = *std::move(changed);

  if (labels_) {
    world.goal = fmt::format("read {}", *labels_);
    const auto bytes = SLIPWAY_TRY(world.files.read(*labels_));
    recipe.labels = SLIPWAY_TRY(parse_labels(as_text(bytes)));
    if (!label_offset_) fit_labels(world, recipe, classes_of(graph, recipe, task), task);
  }
  return recipe;
}

}  // namespace slipway::cli
