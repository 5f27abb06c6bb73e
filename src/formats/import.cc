#include "formats/import.h"

#include <algorithm>

#include "base/suggest.h"
#include "ops/detect/recognise.h"

namespace slipway {
namespace {

/// What metadata["normalisation"] says where the file is silent on how pixels become numbers.
constexpr const char* kGuessedNormalisation = "guessed: -1 to 1, the file does not say";

/// Whether a type can hold one picture, and where its channels are.
std::optional<Layout> picture_layout(const TensorType& type) {
  if (type.shape.rank() != 4) return std::nullopt;
  const auto is_channels = [](std::int64_t c) { return c == 1 || c == 3; };
  if (is_channels(type.shape[3])) return Layout::nhwc;
  if (is_channels(type.shape[1])) return Layout::nchw;
  return std::nullopt;
}

Task task_of(const Graph& graph) {
  if (has_detection_output(graph)) return Task::detect;
  if (graph.outputs().size() != 1) return Task::none;
  const Shape& y = graph.type(graph.outputs()[0]).shape;
  if (y.rank() == 4 && y[1] > 1 && y[2] > 1) return Task::segment;
  // [1, classes], perhaps with ones between.
  std::int64_t longest = 0;
  for (const auto dim : y) longest = std::max(longest, dim);
  if (y.rank() >= 1 && y.rank() <= 4 && y.is_known() && y.elements() == longest && longest > 1)
    return Task::classify;
  return Task::none;
}

/// How integers stand for pixels. A quantized input takes the pixel's byte as it is (u8), or less
/// 128 (i8): its scale and zero point then say which real value the network was trained on, so mean
/// and std are those that undo them. Converters write mean and std for the float model there, which
/// the quantized one no longer needs.
void set_pixels(Graph& graph, Recipe& recipe, const TensorType& input, const RecipeHints& hints) {
  if (input.quant && (input.dtype == DType::u8 || input.dtype == DType::i8)) {
    const std::int64_t pixel_zero = input.dtype == DType::u8 ? 0 : 128;
    recipe.mean = {static_cast<float>(input.quant->zero_point[0] + pixel_zero)};
    recipe.std = {1.0F / input.quant->scale[0]};
    return;
  }
  if (!hints.mean.empty() && hints.mean.size() == hints.std.size()) {
    recipe.mean = hints.mean;
    recipe.std = hints.std;
  } else if (is_float(input.dtype)) {
    recipe.mean = {127.5F};  // -1..1: what most float networks of this kind were trained on
    recipe.std = {127.5F};
    graph.metadata["normalisation"] = kGuessedNormalisation;
  }
}

}  // namespace

Result<void> ImportBudget::spend(std::size_t bytes) {
  if (bytes > left_) {
    return fail(Code::unsupported, "the file asks for far more memory than it has bytes");
  }
  left_ -= bytes;
  return {};
}

Result<void> ImportBudget::spend(const Cost& cost) {
  const auto macs = static_cast<std::size_t>(std::max<std::int64_t>(cost.macs, 0));
  const auto ops = static_cast<std::size_t>(std::max<std::int64_t>(cost.ops, 0));
  if (macs > operations_left_ || ops > operations_left_ - macs) {
    return fail(Code::unsupported, "reading the file would take far more work than it has bytes");
  }
  operations_left_ -= macs + ops;
  return {};
}

Result<ValueId> add_folded(Graph& graph, const AnyOp& op, std::vector<ValueId> inputs,
                           const std::string& name, ImportBudget& budget) {
  std::vector<std::optional<Tensor>> tensors;
  for (const auto id : inputs) {
    if (id.exists() && graph.known(id) == nullptr) return graph.add(op, std::move(inputs), name);
    tensors.push_back(id.exists() ? std::optional(*graph.known(id)) : std::nullopt);
  }
  const auto outputs =
      SLIPWAY_TRY(infer_outputs(graph, op, inputs).during("{} '{}'", op.name(), name));
  std::vector<TensorType> input_types;
  for (const auto& tensor : tensors) input_types.push_back(tensor ? tensor->type() : TensorType{});
  SLIPWAY_TRY(budget.spend(op.cost(input_types)));
  std::vector<TensorType> types;
  for (const auto& output : outputs) {
    types.push_back(output.type);
    if (output.type.is_known()) {
      SLIPWAY_TRY(budget.spend(static_cast<std::size_t>(output.type.bytes())));
    }
  }
  EvalIo io(tensors, types);
  if (io.has_work()) SLIPWAY_TRY(op.eval(io).during("{} '{}'", op.name(), name));
  return graph.add_constant(name, std::move(std::move(io).take()[0]));
}

Error unknown_operator(std::string_view op, std::string_view node,
                       std::span<const std::string> known) {
  constexpr std::size_t kLongest = 100;  // a file may say anything
  const auto nearest = suggest(op.substr(0, kLongest), known);
  return fail(Code::unsupported,
              "the operator '{}' of node '{}' is not among those that can be imported{}",
              op.substr(0, kLongest), node.substr(0, kLongest),
              nearest.empty() ? std::string() : fmt::format("; the nearest is '{}'", nearest));
}

void add_default_recipe(Graph& graph, const RecipeHints& hints) {
  if (graph.inputs().size() != 1) return;
  const auto& input = graph.type(graph.inputs()[0]);
  const auto layout = picture_layout(input);
  if (!layout) return;
  Recipe recipe;
  recipe.layout = *layout;
  recipe.task = task_of(graph);
  recipe.fit = recipe.task == Task::classify ? Fit::crop : Fit::stretch;
  if (input.shape[*layout == Layout::nhwc ? 3 : 1] == 1) recipe.color = ColorOrder::gray;
  recipe.scores = ends_in_probabilities(graph) ? Scores::probabilities : Scores::logits;
  recipe.labels = hints.labels;
  if (has_detection_rows(graph)) recipe.boxes = BoxFormat::detection_output;
  set_pixels(graph, recipe, input, hints);
  // Extreme scales, or nonsense in a file's metadata: pixels as they are, then.
  if (!check(recipe)) {
    recipe.mean = {0};
    recipe.std = {1};
  }
  graph.recipe = std::move(recipe);
}

bool guesses_normalisation(const Graph& graph) {
  const auto at = graph.metadata.find("normalisation");
  return at != graph.metadata.end() && at->second == kGuessedNormalisation;
}

Result<void> add_stated_recipe(Graph& graph, std::string_view text) {
  const Recipe base = graph.recipe.value_or(Recipe{});
  graph.recipe = SLIPWAY_TRY(parse_recipe(text, base).during("reading the recipe inside"));
  graph.metadata.erase("normalisation");  // no longer guessed
  return {};
}

}  // namespace slipway
