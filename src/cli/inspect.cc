#include <fmt/ranges.h>

#include "cli/layers.h"
#include "cli/model_arg.h"
#include "cli/shape_flag.h"
#include "cli/table.h"
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

Json totals_json(const Totals& totals) {
  Json out;
  out.set("layers", totals.layers);
  out.set("macs", totals.cost.macs);
  out.set("ops", totals.cost.ops);
  out.set("parameters", totals.parameters);
  out.set("parameter_bytes", totals.parameter_bytes);
  out.set("bytes", totals.bytes);
  out.set("peak_activation_bytes", totals.peak_bytes);
  out.set("intensity", intensity(totals.cost, totals.bytes));
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
  out.set("totals", totals_json(totals_of(graph, layers)));
  out.set("recipe", graph.recipe ? SLIPWAY_TRY(parse_json(to_text(*graph.recipe))) : Json());
  Json metadata(Json::Object{});
  for (const auto& [key, value] : graph.metadata) metadata.set(key, value);
  out.set("metadata", std::move(metadata));
  return out;
}

/// A cell of a CSV file: in quotes where it needs them.
std::string csv(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

void print_csv(World& world, const std::vector<Layer>& layers) {
  world.print("index,name,op,shape,dtype,macs,ops,parameters,parameter_bytes,bytes,intensity\n");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& layer = layers[i];
    world.print("{},{},{},{},{},{},{},{},{},{},{:.4g}\n", i + 1, csv(layer.name), csv(layer.op),
                csv(layer.output.shape.text()), name_of(layer.output.dtype), layer.cost.macs,
                layer.cost.ops, layer.parameters, layer.parameter_bytes, layer.bytes,
                intensity(layer.cost, layer.bytes));
  }
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
    shape_.describe(options);
    options.flag("--summary", summary_, "leave out the table of layers");
    options.flag("--csv", csv_, "the layers as comma-separated values");
    options.flag("--dot", dot_, "the graph as graphviz source");
    options.flag("--text", text_, "the graph as Slipway's own text, weights left out");
  }

  Result<int> run(World& world) override {
    if (static_cast<int>(csv_) + static_cast<int>(dot_) + static_cast<int>(text_) +
            static_cast<int>(world.json) >
        1)
      return world.usage("--csv, --dot, --text and --json exclude each other");
    auto model = SLIPWAY_TRY(load_model(world, model_));
    SLIPWAY_TRY(shape_.apply(world, model.graph));
    const auto layers = layers_of(model.graph);
    if (world.json) {
      world.print(SLIPWAY_TRY(document(model, layers)));
    } else if (csv_) {
      print_csv(world, layers);
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
  std::string model_;
  ShapeFlag shape_;
  bool summary_ = false;
  bool csv_ = false;
  bool dot_ = false;
  bool text_ = false;
};

}  // namespace

Command inspect_command() {
  return {.name = "inspect",
          .group = Group::models,
          .summary = "show what a model is made of: layers, sizes, costs, recipe",
          .story =
              "MACs are multiply-accumulates of convolutions and matrix products. Bytes are "
              "what a layer reads and writes in one run: inputs, weights, outputs. The "
              "recipe says how a picture becomes the input and the output an answer.",
          .examples = {{"inspect signs", "the model that is built in"},
                       {"inspect net.tflite --csv > layers.csv", "for a spreadsheet"},
                       {"inspect net.tflite --dot | dot -Tsvg > net.svg", "a drawing"},
                       {"inspect net.tflite --json | jq .totals.macs", "for a script"}},
          .data = Data::json,
          .make = make_verb<InspectVerb>};
}

}  // namespace slipway::cli
