#include "formats/openvino/document.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <pugixml.hpp>

#include "formats/import.h"

namespace slipway::formats {
namespace {

// The parser needs some twenty times the file's size; the largest real files have a tenth of this.
constexpr std::size_t kMaxBytes = std::size_t{32} << 20U;
constexpr std::size_t kMaxName = 4096;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

template <class T, class Parse>
Result<std::vector<T>> list(std::string_view text, Parse parse) {
  std::vector<T> out;
  text = trimmed(text);
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    out.push_back(SLIPWAY_TRY(parse(text.substr(0, comma))));
    if (comma == text.size()) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

Result<std::int64_t> integer_of(const pugi::xml_node& node, const char* name) {
  const auto attribute = node.attribute(name);
  if (!attribute) return fail(Code::corrupt, "<{}> has no '{}'", node.name(), name);
  return ir_integer(attribute.value()).during("'{}' of <{}>", name, node.name());
}

/// Errors  corrupt: a name so long that messages would drown in it
Result<std::string> name_of(const pugi::xml_node& node, const char* attribute) {
  const std::string_view text = node.attribute(attribute).value();
  if (text.size() > kMaxName) return fail(Code::corrupt, "a name of {} characters", text.size());
  return std::string(text);
}

Result<IrPort> port_of(const pugi::xml_node& node) {
  IrPort port;
  port.id = SLIPWAY_TRY(integer_of(node, "id"));
  port.precision = SLIPWAY_TRY(name_of(node, "precision"));
  const auto names = SLIPWAY_TRY(name_of(node, "names"));
  port.name = names.substr(0, names.find(','));
  for (const auto dim : node.children("dim")) {
    port.dims.push_back(SLIPWAY_TRY(ir_integer(dim.child_value()).during("<dim>")));
  }
  return port;
}

Result<std::vector<IrPort>> ports_of(const pugi::xml_node& list) {
  std::vector<IrPort> ports;
  for (const auto node : list.children("port")) ports.push_back(SLIPWAY_TRY(port_of(node)));
  return ports;
}

Result<IrBlob> blob_of(const pugi::xml_node& node) {
  const auto offset = SLIPWAY_TRY(integer_of(node, "offset"));
  const auto size = SLIPWAY_TRY(integer_of(node, "size"));
  if (offset < 0 || size < 0) return fail(Code::corrupt, "weights at {} of {} bytes", offset, size);
  return IrBlob{node.name(), static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size)};
}

Result<IrLayer> layer_of(const pugi::xml_node& node) {
  IrLayer layer;
  layer.id = SLIPWAY_TRY(integer_of(node, "id"));
  layer.name = SLIPWAY_TRY(name_of(node, "name"));
  layer.type = SLIPWAY_TRY(name_of(node, "type"));
  layer.version = SLIPWAY_TRY(name_of(node, "version"));
  layer.precision = SLIPWAY_TRY(name_of(node, "precision"));
  if (layer.type.empty()) return fail(Code::corrupt, "layer {} has no type", layer.id);
  if (layer.name.empty()) layer.name = fmt::format("layer_{}", layer.id);
  for (const auto attribute : node.child("data").attributes()) {
    layer.data.emplace(attribute.name(), attribute.value());
  }
  layer.inputs = SLIPWAY_TRY(ports_of(node.child("input")));
  layer.outputs = SLIPWAY_TRY(ports_of(node.child("output")));
  for (const auto blob : node.child("blobs").children()) {
    layer.blobs.push_back(SLIPWAY_TRY(blob_of(blob)));
  }
  // Before version 3 and in some files of it, weights stand beside <blobs>.
  for (const char* name : {"weights", "biases"}) {
    if (const auto blob = node.child(name)) layer.blobs.push_back(SLIPWAY_TRY(blob_of(blob)));
  }
  return layer;
}

/// What a file says about itself: the values of nested elements, by their path.
void read_notes(const pugi::xml_node& root, IrDocument& document) {
  constexpr std::size_t kMaxDepth = 8;

  struct Open {
    pugi::xml_node node;
    std::string path;
    std::size_t depth;
  };

  std::vector<Open> open;
  std::size_t bytes = 0;
  for (const char* name : {"meta_data", "rt_info"}) {
    if (const auto node = root.child(name)) open.push_back({node, name, 0});
  }
  while (!open.empty()) {
    const auto [node, path, depth] = std::move(open.back());
    open.pop_back();
    if (const auto value = node.attribute("value")) {
      bytes += path.size() + std::string_view(value.value()).size();
      if (bytes > ImportBudget::kMaxMetadataBytes) return;
      document.notes.emplace(path, value.value());
    }
    if (depth == kMaxDepth) continue;
    for (const auto child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      const std::string_view name = child.name();
      if (name.size() <= kMaxName)
        open.push_back({child, fmt::format("{}/{}", path, name), depth + 1});
    }
  }
}

}  // namespace

Result<std::int64_t> ir_integer(std::string_view text) {
  const auto number = trimmed(text);
  std::int64_t out = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), out);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || number.empty()) {
    return fail(Code::corrupt, "'{}' is no whole number, or too large", number.substr(0, 40));
  }
  return out;
}

Result<float> ir_number(std::string_view text) {
  const auto number = trimmed(text);
  double out = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), out);
  const bool whole = parsed.ptr == number.data() + number.size() && !number.empty();
  if (!whole || parsed.ec == std::errc::invalid_argument) {
    return fail(Code::corrupt, "'{}' is no number", number.substr(0, 40));
  }
  // Bounds of clamps are written as doubles; what no float can hold is no bound.
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (parsed.ec == std::errc::result_out_of_range) out = 0;
  if (std::abs(out) > kLargest) out = std::copysign(std::numeric_limits<double>::infinity(), out);
  return static_cast<float>(out);
}

Result<std::vector<std::int64_t>> ir_integers(std::string_view text) {
  return list<std::int64_t>(text, ir_integer);
}

Result<std::vector<float>> ir_numbers(std::string_view text) {
  return list<float>(text, ir_number);
}

Result<IrDocument> parse_ir(BytesView bytes) {
  if (bytes.size() > kMaxBytes) {
    return fail(Code::unsupported, "{} MB of XML; {} are read", bytes.size() >> 20U,
                kMaxBytes >> 20U);
  }
  pugi::xml_document xml;
  const auto parsed = xml.load_buffer(bytes.data(), bytes.size());
  if (!parsed) {
    return fail(Code::corrupt, "the XML breaks off or is damaged at byte {} of {}: {}",
                parsed.offset, bytes.size(), parsed.description())
        .with_remedy("fetch or export the model again");
  }
  const auto net = xml.child("net");
  if (!net) return fail(Code::corrupt, "the file has no <net>");
  IrDocument document;
  document.name = SLIPWAY_TRY(name_of(net, "name"));
  document.version = SLIPWAY_TRY(integer_of(net, "version"));
  for (const auto node : net.child("layers").children("layer")) {
    document.layers.push_back(SLIPWAY_TRY(layer_of(node).during(
        "layer '{}'", std::string_view(node.attribute("name").value()).substr(0, 200))));
  }
  for (const auto node : net.child("edges").children("edge")) {
    IrEdge edge;
    edge.from_layer = SLIPWAY_TRY(integer_of(node, "from-layer"));
    edge.from_port = SLIPWAY_TRY(integer_of(node, "from-port"));
    edge.to_layer = SLIPWAY_TRY(integer_of(node, "to-layer"));
    edge.to_port = SLIPWAY_TRY(integer_of(node, "to-port"));
    document.edges.push_back(edge);
  }
  read_notes(net, document);
  return document;
}

}  // namespace slipway::formats
