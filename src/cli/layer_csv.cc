#include "cli/layer_csv.h"

#include <fmt/ranges.h>

#include "device/list.h"

namespace slipway::cli {
namespace {

/// A cell: in quotes where it needs them, and on one line, since readers take lines apart first.
std::string cell(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// "1x32x32x16"; a number of no dimensions is "1", as it is one element.
std::string dims_text(const Shape& shape) {
  std::string out;
  for (const auto dim : shape) {
    out += out.empty() ? "" : "x";
    out += dim == Shape::kUnknown ? "?" : fmt::to_string(dim);
  }
  return out.empty() ? "1" : out;
}

/// The values that a node reads, without weights and other constants.
std::vector<std::string> input_names(const Graph& graph, const Node& node) {
  std::vector<std::string> names;
  for (const auto id : node.inputs) {
    if (id.exists() && !graph.node(id).op.is<Constant>()) names.push_back(graph.value(id).name);
  }
  return names;
}

std::string parameters_text(const Node& node, const Layer& layer) {
  std::vector<std::string> parts;
  for (const auto& field : node.op.fields())
    parts.push_back(fmt::format("{}: {}", field.name, field.value));
  if (layer.parameters > 0) parts.push_back(fmt::format("param count: {}", layer.parameters));
  if (layer.cost.macs > 0) parts.push_back(fmt::format("MACs per inference: {}", layer.cost.macs));
  return joined(parts);
}

/// The devices that run something, by name.
std::vector<std::pair<std::string_view, std::unique_ptr<Device>>> devices() {
  std::vector<std::pair<std::string_view, std::unique_ptr<Device>>> out;
  for (const auto& entry : all_devices()) {
    if (entry.name != "NULL") out.emplace_back(entry.name, entry.make());
  }
  return out;
}

}  // namespace

std::string layer_csv(const Graph& graph, const std::vector<Layer>& layers) {
  const auto all = devices();
  std::string out =
      "Id,Name,Type,Inputs,Outputs,Out Dims,Runtimes,Parameters,"
      "dtype,macs,ops,param_count,param_bytes,bytes,ops_per_byte\n";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& layer = layers[i];
    const auto& node = graph.node(layer.node);
    std::vector<std::string> outputs;
    std::vector<std::string> dims;
    for (const auto& output : node.outputs) {
      outputs.push_back(output.name);
      dims.push_back(dims_text(output.type.shape));
    }
    std::string runtimes;
    for (const auto& [name, device] : all) {
      if (device->refuses(graph, node)) continue;
      runtimes += fmt::format("{}{}", runtimes.empty() ? "" : " ", name);
    }
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.4g}\n", i + 1, cell(layer.name),
                    cell(layer.op), cell(joined(input_names(graph, node))), cell(joined(outputs)),
                    joined(dims), runtimes, cell(parameters_text(node, layer)),
                    name_of(layer.output.dtype), layer.cost.macs, layer.cost.ops, layer.parameters,
                    layer.parameter_bytes, layer.bytes, intensity(layer.cost, layer.bytes));
  }
  constexpr double kMebibyte = 1 << 20;
  const auto totals = totals_of(graph, layers);
  // One cell each, so that what follows a number is not a comma. The readers want this order.
  out += "Note: layers in the order in which they run; Runtimes are Slipway's devices\n";
  out += fmt::format("Total parameters: {} ({} MB assuming single precision float)\n",
                     totals.parameters, totals.parameters * 4 / (1 << 20));
  out += fmt::format("Total MACs per inference: {}\n", totals.cost.macs);
  out += "DLC created with converter version: N/A\n";
  out += fmt::format("Est. Steady-State Memory Needed to Run: {:.1f} MiB\n",
                     static_cast<double>(totals.parameter_bytes + totals.peak_bytes) / kMebibyte);
  return out;
}

}  // namespace slipway::cli
