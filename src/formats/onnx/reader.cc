#include "formats/onnx/reader.h"

#include <algorithm>

#include "formats/onnx/write.h"
#include "ir/rewrite.h"
#include "ops/quant/quantize.h"

namespace slipway::formats {
namespace {

constexpr int kNewestIr = 13;
constexpr int kNewestOpset = 21;
constexpr int kMaxDepth = 32;
constexpr std::size_t kBodyNodeBytes = 256;

}  // namespace

OnnxReader::OnnxReader(const ::onnx::ModelProto& model, const ModelFile& file)
    : model_(model),
      budget_(file.bytes.size()),
      external_(file, budget_),
      import_{graph_, budget_, external_, {}, {}, {}} {}

Result<Graph> OnnxReader::read() {
  SLIPWAY_TRY(check_versions());
  for (const auto& function : model_.functions())
    functions_.emplace(std::pair(function.domain(), function.name()), &function);
  if (!model_.has_graph()) return fail(Code::corrupt, "the file holds no graph");
  const auto& proto = model_.graph();
  graph_.name = proto.name();
  SLIPWAY_TRY(read_properties());
  OnnxScope scope;
  SLIPWAY_TRY(add_inputs(proto, scope));
  SLIPWAY_TRY(add_initializers(proto, scope));
  SLIPWAY_TRY(add_nodes(proto.node(), scope));
  SLIPWAY_TRY(set_outputs(proto, scope));
  SLIPWAY_TRY(Rewriter(graph_).finish());
  name_twins();
  if (!model_.producer_name().empty() && model_.producer_name() != kProducer) {
    graph_.metadata["producer"] =
        model_.producer_version().empty()
            ? model_.producer_name()
            : fmt::format("{} {}", model_.producer_name(), model_.producer_version());
  }
  const auto stated = graph_.metadata;
  add_default_recipe(graph_, {});
  for (const auto& entry : model_.metadata_props()) {
    if (entry.key() != kRecipeKey) continue;
    SLIPWAY_TRY(add_stated_recipe(graph_, entry.value()));
    graph_.metadata = stated;
  }
  return std::move(graph_);
}

void OnnxReader::name_twins() {
  constexpr std::string_view kSuffix = "/channels_last";
  std::set<std::string, std::less<>> taken;
  for (const auto& node : graph_.nodes()) {
    for (const auto& output : node.outputs) taken.insert(output.name);
  }
  for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
    const ValueId id = {static_cast<std::int32_t>(i), 0};
    const auto& name = graph_.value(id).name;
    if (!name.ends_with(kSuffix)) continue;
    auto plain = name.substr(0, name.size() - kSuffix.size());
    if (taken.insert(plain).second) graph_.set_name(id, plain);
  }
}

Result<void> OnnxReader::check_versions() {
  if (model_.ir_version() > kNewestIr) {
    return fail(Code::unsupported, "the file has version {} of the format; {} is the newest known",
                model_.ir_version(), kNewestIr);
  }
  for (const auto& set : model_.opset_import()) {
    const auto domain = set.domain() == "ai.onnx" ? std::string() : set.domain();
    if (domain.empty() && (set.version() < 1 || set.version() > kNewestOpset)) {
      return fail(Code::unsupported, "the file uses opset {}; 1 to {} are known", set.version(),
                  kNewestOpset)
          .with_remedy(fmt::format("export it with opset_version={}", kNewestOpset));
    }
    import_.versions[domain] = static_cast<int>(std::clamp<std::int64_t>(set.version(), 1, 1000));
  }
  return {};
}

Result<void> OnnxReader::add_inputs(const ::onnx::GraphProto& proto, OnnxScope& scope) {
  // Files before IR version 4 list their initializers among the inputs.
  std::set<std::string_view> initialized;
  for (const auto& tensor : proto.initializer()) initialized.insert(tensor.name());
  for (const auto& input : proto.input()) {
    if (initialized.contains(input.name())) continue;
    auto type = SLIPWAY_TRY(onnx_type(input.type()).during("input '{}'", input.name()));
    type = SLIPWAY_TRY(with_scale(input.name(), std::move(type)));
    const auto value = graph_.add_input(input.name(), std::move(type));
    if (is_four_bits(input.type().tensor_type().elem_type())) import_.four_bits.insert(value);
    SLIPWAY_TRY(scope.add(input.name(), value));
  }
  return {};
}

Result<void> OnnxReader::add_initializers(const ::onnx::GraphProto& proto, OnnxScope& scope) {
  if (proto.sparse_initializer_size() > 0)
    return fail(Code::unsupported, "sparse weights ('{}')",
                proto.sparse_initializer(0).values().name());
  for (const auto& initializer : proto.initializer()) {
    auto tensor = SLIPWAY_TRY(
        onnx_tensor(initializer, &external_).during("initializer '{}'", initializer.name()));
    SLIPWAY_TRY(
        budget_.spend(tensor.bytes().size()).during("initializer '{}'", initializer.name()));
    tensor = SLIPWAY_TRY(tensor.as(SLIPWAY_TRY(with_scale(initializer.name(), tensor.type()))));
    const auto value = graph_.add_constant(initializer.name(), std::move(tensor));
    if (is_four_bits(initializer.data_type())) import_.four_bits.insert(value);
    SLIPWAY_TRY(scope.add(initializer.name(), value));
  }
  return {};
}

Result<void> OnnxReader::add_nodes(const Nodes& nodes, OnnxScope& scope) {
  for (const auto* node : SLIPWAY_TRY(in_order(nodes))) {
    if (++nodes_ > ImportBudget::kMaxNodes)
      return fail(Code::unsupported, "more than {} nodes", ImportBudget::kMaxNodes);
    // Bodies make many nodes of few bytes.
    if (depth_ > 0) SLIPWAY_TRY(budget_.spend(kBodyNodeBytes));
    const auto& title = node->output_size() > 0 ? node->output(0) : node->name();
    SLIPWAY_TRY(
        add_node(*node, scope)
            .during("node '{}' ({}), which computes '{}'", node->name(), node->op_type(), title));
  }
  return {};
}

Result<void> OnnxReader::add_node(const ::onnx::NodeProto& proto, OnnxScope& scope) {
  OnnxNode node(import_, scope, proto);
  // Many nodes may share what is short in the file; here each has its own.
  SLIPWAY_TRY(budget_.spend(static_cast<std::size_t>(proto.input_size() + proto.output_size()) *
                            sizeof(ValueId)));
  if (proto.domain() == kOwnDomain) {
    SLIPWAY_TRY(add_own(node));
    return node.check_attributes();
  }
  const auto function = functions_.find({proto.domain(), proto.op_type()});
  if (function != functions_.end()) return add_call(node, *function->second);
  const bool own = proto.domain().empty() || proto.domain() == "ai.onnx";
  if (own && proto.op_type() == "If") return add_if(node);
  if (own && proto.op_type() == "Loop") return add_loop(node);
  const auto convert = find_onnx_converter(proto.domain(), proto.op_type());
  if (convert == nullptr) {
    std::vector<std::string> known;
    const auto name = [](std::string_view domain, std::string_view type) {
      return domain.empty() ? std::string(type) : fmt::format("{}.{}", domain, type);
    };
    for (const auto& row : onnx_converters()) known.push_back(name(row.domain, row.name));
    const auto& title =
        !proto.name().empty() || proto.output_size() == 0 ? proto.name() : proto.output(0);
    return unknown_operator(name(own ? "" : proto.domain(), proto.op_type()), title, known);
  }
  SLIPWAY_TRY(convert(node));
  return node.check_attributes();
}

/// The same integers with the scale that they were made with: ONNX's types have none, and who reads
/// the output wants to know what its integers stand for.
ValueId OnnxReader::with_scale(ValueId value) {
  const auto& node = graph_.node(value);
  if (!node.op.is<ops::Reinterpret>() || graph_.type(value).quant) return value;
  const ValueId inner = node.inputs[0];
  const bool stays = !graph_.type(inner).quant ||
                     graph_.type(inner).dtype != graph_.type(value).dtype ||
                     graph_.node(inner).op.is<Input>() || graph_.node(inner).op.is<Constant>();
  if (stays) return value;
  graph_.set_name(value, graph_.value(value).name + "/plain");
  return inner;
}

Result<void> OnnxReader::set_outputs(const ::onnx::GraphProto& proto, const OnnxScope& scope) {
  std::vector<ValueId> outputs;
  for (const auto& output : proto.output()) {
    const auto found = scope.find(output.name());
    if (!found.exists())
      return fail(Code::invalid_input, "the output '{}' is never computed", output.name());
    const auto value = with_scale(found);
    const bool taken = std::find(outputs.begin(), outputs.end(), value) != outputs.end();
    if (!taken && !graph_.node(value).op.is<Input>()) graph_.set_name(value, output.name());
    outputs.push_back(value);
  }
  if (outputs.empty()) return fail(Code::invalid_input, "the graph has no output");
  graph_.set_outputs(std::move(outputs));
  return {};
}

Result<std::vector<ValueId>> OnnxReader::add_body(const ::onnx::GraphProto& body, OnnxScope& outer,
                                                  std::span<const ValueId> inputs) {
  if (static_cast<std::size_t>(body.input_size()) != inputs.size()) {
    return fail(Code::invalid_input, "the body '{}' has {} inputs, {} are given", body.name(),
                body.input_size(), inputs.size());
  }
  if (++depth_ > kMaxDepth) return fail(Code::unsupported, "bodies within bodies, {} deep", depth_);
  OnnxScope scope(&outer);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    SLIPWAY_TRY(scope.add(body.input(static_cast<int>(i)).name(), inputs[i]));
  SLIPWAY_TRY(add_initializers(body, scope));
  SLIPWAY_TRY(add_nodes(body.node(), scope));
  std::vector<ValueId> outputs;
  for (const auto& output : body.output()) {
    outputs.push_back(scope.find(output.name()));
    if (!outputs.back().exists())
      return fail(Code::invalid_input, "the output '{}' of a body is never computed",
                  output.name());
  }
  --depth_;
  return outputs;
}

}  // namespace slipway::formats
