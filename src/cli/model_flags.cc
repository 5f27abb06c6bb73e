#include "cli/model_flags.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/suggest.h"
#include "formats/import.h"
#include "ir/reshape_inputs.h"

namespace slipway::cli {
namespace {

/// "1x3x224x224"
std::string dims_text(const Shape& shape) {
  return fmt::format("{}", fmt::join(shape.begin(), shape.end(), "x"));
}

std::string example(const Graph& graph, ValueId input) {
  const auto& name = graph.value(input).name;
  const auto word = fmt::format("{}={}", name, dims_text(filled(graph.type(input).shape)));
  const bool plain = name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_./:-") == std::string::npos;
  return plain ? "--shape " + word : fmt::format("--shape '{}'", word);
}

Result<Shape> parse_dims(World& world, const std::string& word, std::string_view text) {
  std::vector<std::int64_t> dims;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find_first_of("x,", at), text.size());
    std::int64_t dim = 0;
    if (!field::parse(text.substr(at, end - at), dim) || dim < 1) {
      return world.usage("--shape takes dimensions like 1x3x224x224, not '{}'", word);
    }
    dims.push_back(dim);
    at = end + 1;
  }
  return Shape::make(dims);
}

}  // namespace

void ModelFlags::describe(Options& options) {
  options.repeated("--shape", "[NAME=]AxBxC", words_,
                   "the dimensions of an input whose file leaves them open: "
                   "--shape input=1x3x224x224; without NAME those of the only input");
  options
      .repeated(
          "--allow-external", "DIR", folders_,
          "a folder outside of the model's in which its weights may lie, too: for caches made "
          "of links")
      .takes_file = true;
}

Result<void> ModelFlags::apply(World& world, Graph& graph, Unknown unknown) const {
  if (words_.empty()) return {};
  std::vector<InputShape> shapes;
  std::vector<std::string> names;
  for (const auto id : graph.inputs()) names.push_back(graph.value(id).name);
  for (const auto& word : words_) {
    const auto equals = word.rfind('=');
    const bool named = equals != std::string::npos;
    if (!named && names.size() != 1) {
      return world.usage("the model has {} inputs: --shape needs a name, one of {}", names.size(),
                         fmt::join(names, ", "));
    }
    const auto name = named ? word.substr(0, equals) : names[0];
    auto shape =
        SLIPWAY_TRY(parse_dims(world, word, std::string_view(word).substr(named ? equals + 1 : 0)));
    if (std::ranges::find(names, name) == names.end()) {
      if (unknown == Unknown::ignored) continue;
      return world.usage("the model has no input '{}'; it has {}", name, fmt::join(names, ", "))
          .with_remedy(suggest(name, names));
    }
    shapes.push_back({name, std::move(shape)});
  }
  SLIPWAY_TRY(set_input_shapes(graph, shapes));
  // With all dimensions there may be a task to see that could not be seen before.
  if (!graph.recipe || graph.recipe->task == Task::none) {
    RecipeHints hints;
    if (graph.recipe) {
      hints = {
          .mean = graph.recipe->mean, .std = graph.recipe->std, .labels = graph.recipe->labels};
    }
    add_default_recipe(graph, hints);
  }
  return {};
}

Result<void> check_is_known(const Graph& graph, ValueId input) {
  const auto& value = graph.value(input);
  if (!is_open(value.type.shape, false)) return {};
  return fail(Code::invalid_input, "its input '{}' is {}: the model leaves dimensions open",
              value.name, value.type.text())
      .with_remedy(example(graph, input));
}

}  // namespace slipway::cli
