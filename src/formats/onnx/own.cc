// What files of ours say beyond ONNX: nodes of the domain slipway carry an op as text, properties
// the scales of inputs and weights.

#include "formats/onnx/reader.h"
#include "formats/onnx/write.h"
#include "ir/text.h"
#include "ops/list.h"

namespace slipway::formats {
namespace {

/// Properties that are not for people.
constexpr std::string_view kOwnPrefix = "slipway.";

struct NamedType {
  std::string name;
  TensorType type;
};

/// A line `"name" type`.
Result<NamedType> parse_named_type(std::string_view line) {
  std::size_t end = 1;
  while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
  if (!line.starts_with('"') || end >= line.size())
    return fail(Code::invalid_input, "\"{}\" does not begin with a name", line.substr(0, 60));
  NamedType out;
  SLIPWAY_TRY(field::parse(line.substr(0, end + 1), out.name));
  out.type = SLIPWAY_TRY(parse_type(line.substr(end + 1)));
  return out;
}

}  // namespace

Result<void> OnnxReader::read_properties() {
  std::size_t bytes = 0;
  for (const auto& entry : model_.metadata_props()) {
    if (entry.key() == kTypesKey) {
      std::string_view text = entry.value();
      while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto named =
            SLIPWAY_TRY(parse_named_type(text.substr(0, end)).during("the property {}", kTypesKey));
        types_.insert_or_assign(std::move(named.name), std::move(named.type));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
    } else if (!entry.key().starts_with(kOwnPrefix)) {
      bytes += entry.key().size() + entry.value().size();
      if (bytes > ImportBudget::kMaxMetadataBytes)
        return fail(Code::unsupported, "over {} bytes of properties",
                    ImportBudget::kMaxMetadataBytes);
      graph_.metadata[entry.key()] = entry.value();
    }
  }
  return {};
}

Result<TensorType> OnnxReader::with_scale(const std::string& name, TensorType type) const {
  const auto found = types_.find(name);
  if (found == types_.end()) return type;
  if (found->second.dtype != type.dtype || found->second.shape != type.shape) {
    return fail(Code::invalid_input, "the property {} says {} of '{}', which is {}", kTypesKey,
                found->second.text(), name, type.text());
  }
  return found->second;
}

Result<void> OnnxReader::add_own(OnnxNode& node) {
  const auto text = SLIPWAY_TRY(node.text(kOwnOp, ""));
  if (text.empty()) return fail(Code::corrupt, "a node of {} without its op", kOwnDomain);
  const auto op = SLIPWAY_TRY(parse_op(text, all_ops()));
  const auto* types = node.attribute(kOwnTypes);
  if (types == nullptr || types->strings_size() < static_cast<int>(node.output_count()))
    return fail(Code::corrupt, "the types of the outputs are missing");
  std::vector<Value> outputs;
  for (int i = 0; i < types->strings_size(); ++i) {
    const auto slot = static_cast<std::size_t>(i);
    outputs.push_back(
        {node.wants_output(slot) ? node.proto().output(i) : fmt::format("{}:{}", node.title(), i),
         SLIPWAY_TRY(parse_type(types->strings(i)))});
  }
  const auto ids =
      SLIPWAY_TRY(graph_.add_typed(op, SLIPWAY_TRY(node.inputs()), std::move(outputs)));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const auto* numbers = graph_.known(ids[i]))
      SLIPWAY_TRY(budget_.spend(numbers->bytes().size()));
    SLIPWAY_TRY(node.alias(i, ids[i]));
  }
  return {};
}

}  // namespace slipway::formats
