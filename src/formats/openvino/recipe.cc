// How pictures become inputs: what the file says, or what is usual for its kind.

#include "formats/openvino/node.h"

namespace slipway::formats {
namespace {

/// The value of a note, or nothing where it is absent or empty.
std::string_view note(const IrDocument& document, std::string_view path) {
  const auto found = document.notes.find(path);
  return found == document.notes.end() ? std::string_view() : std::string_view(found->second);
}

/// Numbers with spaces or commas between them; empty where it is no such list.
std::vector<float> numbers(std::string_view text) {
  std::string commas(text);
  for (char& c : commas) c = c == ' ' ? ',' : c;
  auto list = ir_numbers(commas);
  return list ? std::move(list).value() : std::vector<float>();
}

bool is_yes(std::string_view text) {
  return text == "YES" || text == "True" || text == "true" || text == "1";
}

/// What the tools of OpenVINO's model zoo write about preparing pictures.
void apply_model_info(const IrDocument& document, Recipe& recipe) {
  const auto info = [&](std::string_view name) {
    return note(document, fmt::format("rt_info/model_info/{}", name));
  };
  const auto mean = numbers(info("mean_values"));
  const auto scale = numbers(info("scale_values"));
  if (mean.size() == 1 || mean.size() == 3) recipe.mean = mean;
  if (scale.size() == 1 || scale.size() == 3) recipe.std = scale;
  if (is_yes(info("reverse_input_channels"))) recipe.color = ColorOrder::rgb;
  if (info("resize_type") == "fit_to_window_letterbox" || info("resize_type") == "fit_to_window")
    recipe.fit = Fit::letterbox;
  const auto threshold = ir_number(info("confidence_threshold"));
  if (threshold && *threshold >= 0 && *threshold <= 1) recipe.score_threshold = *threshold;
  const auto labels = info("labels");
  for (std::size_t at = 0; at < labels.size();) {
    const auto end = std::min(labels.find(' ', at), labels.size());
    if (end > at) recipe.labels.emplace_back(labels.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

Result<void> set_ir_recipe(Graph& graph, const IrDocument& document) {
  for (const char* path :
       {"meta_data/MO_version", "rt_info/MO_version", "rt_info/Runtime_version"}) {
    const auto producer = note(document, path);
    if (!producer.empty() && producer != "unknown version") graph.metadata["producer"] = producer;
  }
  // The converter has worked mean and scale into the first layers; the bytes of a picture, blue
  // first as OpenCV reads them, are what its own tools feed.
  RecipeHints hints;
  hints.mean = {0};
  hints.std = {1};
  add_default_recipe(graph, hints);
  if (!graph.recipe) return {};
  Recipe& recipe = *graph.recipe;
  if (recipe.color == ColorOrder::rgb) recipe.color = ColorOrder::bgr;
  if (recipe.task == Task::detect) {
    recipe.fit = Fit::stretch;
    recipe.resize = ResizeMethod::area;
  }
  const Recipe before = recipe;
  apply_model_info(document, recipe);
  if (!check(recipe)) recipe = before;
  const auto own = note(document, fmt::format("rt_info/{}", kRecipeKey));
  return own.empty() ? Result<void>() : add_stated_recipe(graph, own);
}

}  // namespace slipway::formats
