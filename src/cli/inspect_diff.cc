#include "cli/inspect_diff.h"

#include "cli/layer_diff.h"
#include "cli/layers.h"
#include "cli/table.h"

namespace slipway::cli {
namespace {

std::string_view name_of(LayerChange::Kind kind) {
  switch (kind) {
    case LayerChange::Kind::changed:
      return "changed";
    case LayerChange::Kind::only_a:
      return "only in A";
    case LayerChange::Kind::only_b:
      return "only in B";
  }
  return "";
}

Json changes_json(const std::vector<Change>& changes) {
  Json rows(Json::Array{});
  for (const auto& change : changes) {
    Json row;
    row.set("what", change.what);
    row.set("a", change.a);
    row.set("b", change.b);
    rows.push(std::move(row));
  }
  return rows;
}

Json document(const LoadedModel& a, const LoadedModel& b, const GraphDiff& diff,
              const Totals& totals_a, const Totals& totals_b) {
  Json out;
  out.set("a", a.path);
  out.set("b", b.path);
  out.set("equal", diff.equal());
  Json layers(Json::Array{});
  for (const auto& layer : diff.layers) {
    Json row;
    row.set("name", layer.name);
    row.set("name_in_b", layer.other_name.empty() ? Json() : Json(layer.other_name));
    row.set("op", layer.op);
    row.set("kind", name_of(layer.kind));
    row.set("changes", changes_json(layer.changes));
    layers.push(std::move(row));
  }
  out.set("layers", std::move(layers));
  out.set("renamed", diff.renamed);
  out.set("model", changes_json(diff.inputs));
  out.set("recipe", changes_json(diff.recipe));
  out.set("metadata", changes_json(diff.metadata));
  Json totals;
  totals.set("a", to_json(totals_a));
  totals.set("b", to_json(totals_b));
  out.set("totals", std::move(totals));
  return out;
}

constexpr std::size_t kNameColumns = 40;
constexpr std::size_t kValueColumns = 60;

void print_changes(World& world, std::string_view title, const std::vector<Change>& changes) {
  if (changes.empty()) return;
  Table table(
      {{std::string(title)}, {"A", Align::left, Shrink::end}, {"B", Align::left, Shrink::end}});
  for (const auto& change : changes)
    table.row({cut(change.what, kNameColumns), change.a, change.b});
  world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
}

void print_layers(World& world, const GraphDiff& diff) {
  if (diff.layers.empty()) return;
  Table table({{"layer", Align::left, Shrink::start},
               {"op"},
               {"what"},
               {"A", Align::left, Shrink::end},
               {"B", Align::left, Shrink::end}});
  for (const auto& layer : diff.layers) {
    const auto name = layer.other_name.empty()
                          ? cut(layer.name, kNameColumns, Shrink::start)
                          : fmt::format("{} = {}", cut(layer.name, kNameColumns / 2, Shrink::start),
                                        cut(layer.other_name, kNameColumns / 2, Shrink::start));
    if (layer.changes.empty())
      table.row({name, layer.op, std::string(name_of(layer.kind)), "", ""});
    for (std::size_t i = 0; i < layer.changes.size(); ++i) {
      const auto& [what, a, b] = layer.changes[i];
      // Of a name that converters joined the end tells most, of a type the beginning.
      const auto side = what.starts_with("input") ? Shrink::start : Shrink::end;
      table.row({i == 0 ? name : "", i == 0 ? layer.op : "", what, cut(a, kValueColumns, side),
                 cut(b, kValueColumns, side)});
    }
  }
  world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
}

void print_totals(World& world, const Totals& a, const Totals& b) {
  Table table({{"total"}, {"A", Align::right}, {"B", Align::right}});
  table.row({"layers", fmt::to_string(a.layers), fmt::to_string(b.layers)});
  table.row({"MACs", count_text(a.cost.macs), count_text(b.cost.macs)});
  table.row({"other operations", count_text(a.cost.ops), count_text(b.cost.ops)});
  table.row({"parameters", count_text(a.parameters), count_text(b.parameters)});
  table.row({"parameter bytes", bytes_text(a.parameter_bytes), bytes_text(b.parameter_bytes)});
  table.row({"bytes of one run", bytes_text(a.bytes), bytes_text(b.bytes)});
  table.row({"activations at most", bytes_text(a.peak_bytes), bytes_text(b.peak_bytes)});
  world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
}

}  // namespace

Result<int> inspect_diff(World& world, const LoadedModel& a, const LoadedModel& b) {
  const auto diff = diff_graphs(a.graph, b.graph);
  const auto totals_a = totals_of(a.graph, layers_of(a.graph));
  const auto totals_b = totals_of(b.graph, layers_of(b.graph));
  const int status = diff.equal() ? 0 : 1;
  if (world.json) {
    world.print(document(a, b, diff, totals_a, totals_b));
    return status;
  }
  const auto title = [&](const LoadedModel& model) {
    const bool tells = a.graph.name != b.graph.name && !model.graph.name.empty();
    return tells ? fmt::format("{} ({})", model.path, model.graph.name) : model.path;
  };
  world.print("A  {}\nB  {}\n\n", title(a), title(b));
  print_layers(world, diff);
  print_changes(world, "model", diff.inputs);
  print_changes(world, "recipe", diff.recipe);
  print_changes(world, "metadata", diff.metadata);
  print_totals(world, totals_a, totals_b);
  if (diff.renamed > 0) world.print("{} layers differ in nothing but their names\n", diff.renamed);
  world.print("{}\n", diff.equal() ? "equal" : "different");
  return status;
}

}  // namespace slipway::cli
