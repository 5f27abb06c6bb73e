#include "formats/openvino/reader.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "ir/rewrite.h"

namespace slipway::formats {
namespace {

/// The place of a port among others, or nothing.
std::optional<std::size_t> port_at(const std::vector<IrPort>& ports, std::int64_t id) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].id == id) return i;
  }
  return std::nullopt;
}

/// "1,3,300,300"; "?", "-1" and ranges ("1..8") are left open.
Result<Shape> parameter_shape(std::string_view text) {
  std::vector<std::int64_t> dims;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto dim = text.substr(0, comma);
    const bool open =
        dim.find('?') != std::string_view::npos || dim.find("..") != std::string_view::npos;
    dims.push_back(open ? Shape::kUnknown : SLIPWAY_TRY(ir_integer(dim)));
    if (dims.size() > Shape::kMaxRank)
      return fail(Code::unsupported, "over {} dimensions", Shape::kMaxRank);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return Shape::make(dims);
}

bool is_input(const IrLayer& layer, bool legacy) {
  return layer.type == (legacy ? "Input" : "Parameter");
}

}  // namespace

IrReader::IrReader(const IrDocument& document, const ModelFile& file)
    : document_(document),
      budget_(file.bytes.size()),
      weights_(file.files, file.path, budget_),
      import_{graph_, budget_, weights_, document.version < 10, {}} {}

Result<Graph> IrReader::read() {
  SLIPWAY_TRY(check_version());
  SLIPWAY_TRY(index_layers());
  SLIPWAY_TRY(connect());
  graph_.name = document_.name;
  // Inputs first, in the file's order: that is the order in which users give them.
  for (std::size_t i = 0; i < document_.layers.size(); ++i) {
    const auto& layer = document_.layers[i];
    if (is_input(layer, import_.legacy))
      SLIPWAY_TRY(add_input(layer, values_[i]).during("layer '{}' ({})", layer.name, layer.type));
  }
  for (const auto at : SLIPWAY_TRY(in_order())) {
    const auto& layer = document_.layers[at];
    if (is_input(layer, import_.legacy)) continue;
    SLIPWAY_TRY(add_layer(at).during("layer '{}' ({})", layer.name, layer.type));
  }
  SLIPWAY_TRY(set_outputs());
  SLIPWAY_TRY(Rewriter(graph_).finish());
  SLIPWAY_TRY(set_ir_recipe(graph_, document_));
  return std::move(graph_);
}

Result<void> IrReader::check_version() const {
  const auto version = document_.version;
  if (version == 3 || version == 10 || version == 11) return {};
  return fail(Code::unsupported, "version {} of OpenVINO's format; 3, 10 and 11 are read", version)
      .with_remedy("convert the model again with a newer OpenVINO");
}

Result<void> IrReader::index_layers() {
  const auto& layers = document_.layers;
  if (layers.empty()) return fail(Code::corrupt, "the model has no layers");
  if (layers.size() > ImportBudget::kMaxNodes)
    return fail(Code::unsupported, "{} layers", layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto [other, fresh] = by_id_.emplace(layers[i].id, i);
    if (!fresh) {
      return fail(Code::corrupt, "two layers have the id {}: '{}' and '{}'", layers[i].id,
                  layers[other->second].name, layers[i].name);
    }
    sources_.emplace_back(layers[i].inputs.size());
    used_.emplace_back(layers[i].outputs.size(), false);
    values_.emplace_back(layers[i].outputs.size(), kNoValue);
  }
  return {};
}

Result<void> IrReader::connect() {
  for (const auto& edge : document_.edges) {
    const auto from = by_id_.find(edge.from_layer);
    const auto to = by_id_.find(edge.to_layer);
    const auto output = from == by_id_.end()
                            ? std::nullopt
                            : port_at(document_.layers[from->second].outputs, edge.from_port);
    const auto input = to == by_id_.end()
                           ? std::nullopt
                           : port_at(document_.layers[to->second].inputs, edge.to_port);
    if (!output || !input) {
      return fail(Code::corrupt,
                  "an edge from port {} of layer {} to port {} of layer {}: no such {}",
                  edge.from_port, edge.from_layer, edge.to_port, edge.to_layer,
                  output ? "input" : "output");
    }
    auto& source = sources_[to->second][*input];
    if (source) {
      return fail(Code::corrupt, "two edges lead to port {} of layer '{}'", edge.to_port,
                  document_.layers[to->second].name);
    }
    source = Source{from->second, *output};
    used_[from->second][*output] = true;
  }
  return {};
}

Result<std::vector<std::size_t>> IrReader::in_order() const {
  const auto count = document_.layers.size();
  std::vector<std::vector<std::size_t>> readers(count);
  std::vector<std::size_t> waiting(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& source : sources_[i]) {
      if (!source) continue;
      readers[source->layer].push_back(i);
      ++waiting[i];
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const auto reader : readers[order.back()]) {
      if (--waiting[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() == count) return order;
  const auto stuck = std::ranges::find_if(waiting, [](std::size_t n) { return n > 0; });
  const auto& layer = document_.layers[static_cast<std::size_t>(stuck - waiting.begin())];
  return fail(Code::invalid_input, "a cycle: the layer '{}' ({}) depends on itself", layer.name,
              layer.type);
}

std::string IrReader::name_of(const Source& source) const {
  const auto& layer = document_.layers[source.layer];
  const auto& port = layer.outputs[source.output];
  return port.name.empty() ? layer.name : port.name;
}

Result<void> IrReader::add_input(const IrLayer& layer, std::vector<ValueId>& made) {
  if (made.size() != 1) return fail(Code::corrupt, "an input with {} outputs", made.size());
  TensorType type;
  if (import_.legacy) {
    // Half floats in a file of version 3 are how weights are stored, not what is fed.
    type.shape = SLIPWAY_TRY(Shape::make(layer.outputs[0].dims));
    const auto precision = layer.precision.empty() ? std::string("FP32") : layer.precision;
    type.dtype = SLIPWAY_TRY(ir_dtype(precision));
  } else {
    const auto shape = layer.data.find("shape");
    const auto element = layer.data.find("element_type");
    if (shape == layer.data.end() || element == layer.data.end())
      return fail(Code::corrupt, "an input without shape or element_type");
    type.shape = SLIPWAY_TRY(parameter_shape(shape->second));
    type.dtype = SLIPWAY_TRY(ir_dtype(element->second));
  }
  const auto& name = layer.outputs[0].name.empty() ? layer.name : layer.outputs[0].name;
  made[0] = graph_.add_input(name, std::move(type));
  return {};
}

Result<void> IrReader::add_constant(const IrLayer& layer, std::vector<ValueId>& made) {
  if (made.size() != 1) return fail(Code::corrupt, "a constant with {} outputs", made.size());
  IrBlob blob;
  std::string element = layer.precision;
  std::vector<std::int64_t> dims = layer.outputs[0].dims;
  if (import_.legacy) {
    if (layer.blobs.size() != 1) return fail(Code::corrupt, "{} blobs", layer.blobs.size());
    blob = layer.blobs[0];
  } else {
    const auto number = [&](const char* name) -> Result<std::uint64_t> {
      const auto found = layer.data.find(name);
      if (found == layer.data.end()) return fail(Code::corrupt, "the constant has no '{}'", name);
      const auto value = SLIPWAY_TRY(ir_integer(found->second));
      if (value < 0) return fail(Code::corrupt, "'{}' is {}", name, value);
      return static_cast<std::uint64_t>(value);
    };
    blob.offset = SLIPWAY_TRY(number("offset"));
    blob.size = SLIPWAY_TRY(number("size"));
    const auto type = layer.data.find("element_type");
    const auto shape = layer.data.find("shape");
    if (type == layer.data.end() || shape == layer.data.end())
      return fail(Code::corrupt, "the constant has no element_type or shape");
    element = type->second;
    dims = SLIPWAY_TRY(ir_integers(shape->second));
  }
  auto tensor = SLIPWAY_TRY(weights_.tensor(blob, element, SLIPWAY_TRY(Shape::make(dims))));
  made[0] = graph_.add_constant(layer.name, std::move(tensor));
  return {};
}

Result<void> IrReader::add_layer(std::size_t at) {
  const auto& layer = document_.layers[at];
  SLIPWAY_TRY(budget_.spend((layer.inputs.size() + layer.outputs.size()) * sizeof(ValueId)));
  if (layer.type == "Const") return add_constant(layer, values_[at]);
  if (layer.type == "Result" && !import_.legacy) return {};
  std::vector<ValueId> inputs;
  for (const auto& source : sources_[at]) inputs.push_back(source ? value(*source) : kNoValue);
  const auto convert = find_ir_converter(import_.legacy, layer.type);
  if (convert == nullptr) {
    auto error = unknown_operator(layer.type, layer.name, ir_layer_types(import_.legacy));
    if (!layer.version.empty()) error.message += fmt::format(" (it is of {})", layer.version);
    return error;
  }
  IrNode node(import_, layer, std::move(inputs), used_[at]);
  SLIPWAY_TRY(convert(node));
  SLIPWAY_TRY(node.check_attributes());
  for (std::size_t i = 0; i < values_[at].size(); ++i) {
    values_[at][i] = node.made()[i];
    if (!values_[at][i].exists() && used_[at][i])
      return fail(Code::unsupported, "output {} of a layer of this type", i);
  }
  return {};
}

Result<void> IrReader::set_outputs() {
  std::vector<ValueId> outputs;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < document_.layers.size(); ++i) {
    const auto& layer = document_.layers[i];
    if (!import_.legacy) {
      if (layer.type != "Result") continue;
      if (sources_[i].empty() || !sources_[i][0])
        return fail(Code::corrupt, "no edge leads to the result '{}'", layer.name);
      outputs.push_back(value(*sources_[i][0]));
      names.push_back(name_of(*sources_[i][0]));
      continue;
    }
    for (std::size_t k = 0; k < used_[i].size(); ++k) {
      if (used_[i][k] || is_input(layer, true) || layer.type == "Const") continue;
      outputs.push_back(values_[i][k]);
      names.push_back(name_of({i, k}));
    }
  }
  if (outputs.empty()) return fail(Code::invalid_input, "the model has no output");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].exists()) return fail(Code::invalid_input, "'{}' is never computed", names[i]);
    const bool taken = std::find(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(i),
                                 outputs[i]) != outputs.begin() + static_cast<std::ptrdiff_t>(i);
    if (!taken && !graph_.node(outputs[i]).op.is<Input>()) graph_.set_name(outputs[i], names[i]);
  }
  graph_.set_outputs(std::move(outputs));
  return {};
}

}  // namespace slipway::formats
