#include <fmt/ranges.h>

#include "cli/inspect_diff.h"
#include "cli/layer_csv.h"
#include "cli/layers.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/table.h"
#include "cli/tools.h"
#include "cli/verbs.h"
#include "ir/dot.h"
#include "ir/text.h"

namespace slipway::cli {
namespace {

Json dims_json(const Shape& shape) {
  Json out(Json::Array{});
  for (const auto dim : shape) out.push(dim == Shape::kUnknown ? Json() : Json(dim));
  return out;
}

Json value_json(const Graph& graph, ValueId id) {
  const auto& value = graph.value(id);
  Json out;
  out.set("name", value.name);
  out.set("dtype", name_of(value.type.dtype));
  out.set("shape", dims_json(value.type.shape));
  if (value.type.quant) out.set("quantization", value.type.quant->text());
  return out;
}

Json layer_json(const Layer& layer, std::size_t index) {
  Json out;
  out.set("index", index);
  out.set("name", layer.name);
  out.set("op", layer.op);
  out.set("shape", dims_json(layer.output.shape));
  out.set("dtype", name_of(layer.output.dtype));
  out.set("macs", layer.cost.macs);
  out.set("ops", layer.cost.ops);
  out.set("parameters", layer.parameters);
  out.set("parameter_bytes", layer.parameter_bytes);
  out.set("bytes", layer.bytes);
  out.set("intensity", intensity(layer.cost, layer.bytes));
  return out;
}

Result<Json> document(const LoadedModel& model, const std::vector<Layer>& layers) {
  const auto& graph = model.graph;
  Json out;
  out.set("model", model.path);
  out.set("name", graph.name);
  Json inputs(Json::Array{});
  for (const auto id : graph.inputs()) inputs.push(value_json(graph, id));
  out.set("inputs", std::move(inputs));
  Json outputs(Json::Array{});
  for (const auto id : graph.outputs()) outputs.push(value_json(graph, id));
  out.set("outputs", std::move(outputs));
  Json rows(Json::Array{});
  for (std::size_t i = 0; i < layers.size(); ++i) rows.push(layer_json(layers[i], i + 1));
  out.set("layers", std::move(rows));
  out.set("totals", to_json(totals_of(graph, layers)));
  out.set("recipe", graph.recipe ? SLIPWAY_TRY(parse_json(to_text(*graph.recipe))) : Json());
  Json metadata(Json::Object{});
  for (const auto& [key, value] : graph.metadata) metadata.set(key, value);
  out.set("metadata", std::move(metadata));
  return out;
}

/// 0 says less than nothing does.
std::string unless_zero(std::int64_t n, std::string (*text)(std::int64_t)) {
  return n == 0 ? "·" : text(n);
}

constexpr std::size_t kNameColumns = 60;

void print_layers(World& world, const std::vector<Layer>& layers, const Totals& totals) {
  Table table({{"#", Align::right},
               {"layer", Align::left, Shrink::start},
               {"op", Align::left},
               {"output", Align::left},
               {"type", Align::left},
               {"MACs", Align::right},
               {"params", Align::right},
               {"bytes", Align::right},
               {"ops/byte", Align::right}});
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& layer = layers[i];
    const auto& dims = layer.output.shape;
    const auto text = dims.text();
    // Converters join the names of all that they fused; the tail is enough to tell layers apart.
    table.row({fmt::to_string(i + 1), cut(layer.name, kNameColumns, Shrink::start), layer.op,
               text.substr(1, text.size() - 2), std::string(name_of(layer.output.dtype)),
               unless_zero(layer.cost.macs, count_text), unless_zero(layer.parameters, count_text),
               bytes_text(layer.bytes), fmt::format("{:.1f}", intensity(layer.cost, layer.bytes))});
  }
  table.rule();
  table.row({"", fmt::format("{} layers", totals.layers), "", "", "", count_text(totals.cost.macs),
             count_text(totals.parameters), bytes_text(totals.bytes),
             fmt::format("{:.1f}", intensity(totals.cost, totals.bytes))});
  world.print("\n{}", table.text(world.terminal.out_columns, world.terminal.color));
}

/// Whether a member of the recipe has an effect on this model.
bool says_something(const Recipe& recipe, std::string_view name) {
  const bool detects = recipe.task == Task::detect;
  if (name == "crop_ratio") return recipe.fit == Fit::crop;
  if (name == "pad_value") return recipe.fit == Fit::letterbox;
  if (name == "boxes" || name == "score_threshold") return detects;
  if (name == "iou_threshold") return detects && recipe.boxes == BoxFormat::corners_with_scores;
  if (name == "scores") return recipe.task == Task::classify;
  if (name == "label_offset") return recipe.label_offset != 0;
  return true;
}

void print_recipe(World& world, const Recipe& recipe) {
  // The recipe's own words, so that they can be given back with flags.
  const auto parsed = parse_json(to_text(recipe));
  if (!parsed) return;
  world.print("\n{}\n", world.bold("recipe"));
  for (const auto& [name, value] : *parsed->object()) {
    if (!says_something(recipe, name)) continue;
    if (name == "labels") {
      const auto count = recipe.labels.size();
      world.print("  {:<16} {}\n", name,
                  count == 0 ? std::string("none: give them with --labels")
                             : fmt::format("{}: {}, …", count, recipe.labels[0]));
      continue;
    }
    world.print("  {:<16} {}\n", name, value.string() != nullptr ? *value.string() : value.text(0));
  }
}

void print_head(World& world, const LoadedModel& model, const Totals& totals) {
  const auto& graph = model.graph;
  const auto line = [&](std::string_view name, const std::string& text) {
    world.print("{}{} {}\n", world.bold(name),
                std::string(12 - std::min<std::size_t>(12, name.size()), ' '), text);
  };
  line("model", graph.name.empty() ? model.path : fmt::format("{} ({})", model.path, graph.name));
  for (const auto id : graph.inputs())
    line("input", fmt::format("{}  {}", graph.value(id).name, graph.type(id).text()));
  for (const auto id : graph.outputs())
    line("output", fmt::format("{}  {}", graph.value(id).name, graph.type(id).text()));
  line("parameters",
       fmt::format("{} in {}", count_text(totals.parameters), bytes_text(totals.parameter_bytes)));
  line("one run", fmt::format("{} MACs, {} other operations", count_text(totals.cost.macs),
                              count_text(totals.cost.ops)));
  line("memory", fmt::format("{} read and written, at most {} of activations at a time",
                             bytes_text(totals.bytes), bytes_text(totals.peak_bytes)));
  for (const auto& [key, value] : graph.metadata) {
    const auto end = value.find('\n');
    line(key, end == std::string::npos ? value : value.substr(0, end) + " …");
  }
}

class InspectVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("MODEL", model_, kModelHelp).takes_file = true;
    auto& other = options.argument("OTHER", other_, "another model, to show what differs");
    other.takes_file = true;
    other.is_required = false;
    model_flags_.describe(options);
    options.flag("--summary", summary_, "leave out the table of layers");
    options.flag("--csv", csv_,
                 "the layers as comma-separated values, with the columns of snpe-dlc-info "
                 "in front");
    options.flag("--dot", dot_, "the graph as graphviz source");
    options
        .value("--picture", "F", picture_,
               "a drawing of the graph as .svg, .png or .pdf, made by graphviz")
        .takes_file = true;
    options.flag("--text", text_, "the graph as Slipway's own text, weights left out");
  }

  Result<int> run(World& world) override {
    const int forms = static_cast<int>(csv_) + static_cast<int>(dot_) + static_cast<int>(text_) +
                      static_cast<int>(!picture_.empty());
    if (forms + static_cast<int>(world.json) > 1)
      return world.usage("--csv, --dot, --picture, --text and --json exclude each other");
    if (!other_.empty() && (forms > 0 || summary_))
      return world.usage("with two models there is only the difference, as text or --json");
    const auto kind = extension(picture_);
    if (!picture_.empty() && kind != "svg" && kind != "png" && kind != "pdf")
      return world.usage("--picture takes a file that ends in .svg, .png or .pdf, not {}",
                         picture_);
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    if (!other_.empty()) {
      auto other = SLIPWAY_TRY(load_model(world, other_, model_flags_.external_folders()));
      SLIPWAY_TRY(model_flags_.apply(world, other.graph, Unknown::ignored));
      return inspect_diff(world, model, other);
    }
    if (!picture_.empty()) return draw(world, model.graph, kind);
    const auto layers = layers_of(model.graph);
    if (world.json) {
      world.print(SLIPWAY_TRY(document(model, layers)));
    } else if (csv_) {
      world.print("{}", layer_csv(model.graph, layers));
    } else if (dot_) {
      world.print("{}", to_dot(model.graph));
    } else if (text_) {
      world.print("{}", to_text(model.graph));
    } else {
      const auto totals = totals_of(model.graph, layers);
      print_head(world, model, totals);
      if (!summary_) print_layers(world, layers, totals);
      if (model.graph.recipe) print_recipe(world, *model.graph.recipe);
    }
    return 0;
  }

 private:
  Result<int> draw(World& world, const Graph& graph, const std::string& kind) const {
    world.goal = fmt::format("draw {}", picture_);
    const auto bytes = SLIPWAY_TRY(draw_graph(world, to_dot(graph), kind));
    world.goal = fmt::format("write {}", picture_);
    SLIPWAY_TRY(world.files.write(picture_, bytes));
    if (!world.quiet)
      world.print("{}  {}\n", picture_, bytes_text(static_cast<std::int64_t>(bytes.size())));
    return 0;
  }

  std::string model_;
  std::string other_;
  std::string picture_;
  ModelFlags model_flags_;
  bool summary_ = false;
  bool csv_ = false;
  bool dot_ = false;
  bool text_ = false;
};

}  // namespace

Command inspect_command() {
  return {
      .name = "inspect",
      .group = Group::models,
      .summary = "show what a model is made of: layers, sizes, costs, recipe",
      .story =
          "MACs are multiply-accumulates of convolutions and matrix products. Bytes are "
          "what a layer reads and writes in one run: inputs, weights, outputs. The "
          "recipe says how a picture becomes the input and the output an answer. Two models are "
          "laid beside each other, layers of one name first, then those of one kind in "
          "their order; the exit status is 0 where they are equal and 1 where not.",
      .examples = {{"inspect signs", "the model that is built in"},
                   {"inspect net.tflite --csv > layers.csv", "for a spreadsheet"},
                   {"inspect net.tflite --picture net.svg", "a drawing"},
                   {"inspect net.tflite net.int8.tflite", "what differs"}},
      .data = Data::json,
      .make = make_verb<InspectVerb>};
}

}  // namespace slipway::cli
