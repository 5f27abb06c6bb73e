// The file around the nodes: inputs, outputs, functions and properties.

#include "formats/onnx/write.h"

#include <algorithm>
#include <unordered_map>

#include "formats/import.h"
#include "ir/text.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

/// The version of the messages that came with an opset.
constexpr int ir_version(int opset) { return opset >= 21 ? 10 : opset >= 19 ? 9 : 8; }

bool is_quantized(const Graph& graph, const Node& node) {
  const auto has_scale = [&](ValueId id) { return id.exists() && graph.type(id).quant; };
  return std::any_of(node.inputs.begin(), node.inputs.end(), has_scale) ||
         std::any_of(node.outputs.begin(), node.outputs.end(),
                     [](const Value& value) { return value.type.quant.has_value(); });
}

/// Whether the op says the scales of its outputs by itself.
bool tells_scales(const Graph& graph, const Node& node) {
  const auto inferred = infer_types(graph, node.op, node.inputs);
  if (!inferred || inferred->size() != node.outputs.size()) return false;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if ((*inferred)[i].type.quant != node.outputs[i].type.quant) return false;
  }
  return true;
}

/// Turns a tensor's integers into what they stand for, and back, inside of a function.
class Scaling {
 public:
  Scaling(OnnxSpace& space) : space_(space) {}

  /// Names of new nodes.
  std::string add(std::string_view op_type, const std::vector<std::string>& inputs,
                  const OnnxAttributes& attributes = {}) {
    auto name = space_.fresh("");
    space_.add(op_type, inputs, attributes, {name});
    return name;
  }

  std::string dequantize(const std::string& x, const TensorType& type) {
    const auto& quant = *type.quant;
    if (type.dtype == DType::i8 || type.dtype == DType::u8) {
      const std::vector<std::string> inputs = {x, scales(quant), zeros(quant, type.dtype)};
      if (!quant.per_axis()) return add("DequantizeLinear", inputs);
      return add("DequantizeLinear", inputs, {{"axis", quant.axis}});
    }
    const auto real = add("Cast", {x}, {{"to", ::onnx::TensorProto::FLOAT}});
    std::vector<std::int64_t> dims(quant.per_axis() ? type.shape.rank() : 0, 1);
    if (quant.per_axis()) dims[static_cast<std::size_t>(quant.axis)] = std::ssize(quant.scale);
    const auto shape = *Shape::make(dims);
    const std::vector<float> zero(quant.zero_point.begin(), quant.zero_point.end());
    const auto shifted = add("Sub", {real, constant(Tensor::of(shape, zero))});
    return add("Mul", {shifted, constant(Tensor::of(shape, quant.scale))});
  }

  /// The bias of a convolution or matrix product: its scale is that of the products.
  std::string dequantize_bias(const std::string& b, const TensorType& x, const TensorType& w) {
    std::vector<float> product = w.quant->scale;
    for (auto& scale : product) scale *= x.quant->scale[0];
    const Shape shape = product.size() == 1 ? Shape() : Shape{std::ssize(product)};
    const auto real = add("Cast", {b}, {{"to", ::onnx::TensorProto::FLOAT}});
    return add("Mul", {real, constant(Tensor::of(shape, product))});
  }

  std::string quantize(const std::string& x, const TensorType& type) {
    const auto& quant = *type.quant;
    if (type.dtype == DType::i8 || type.dtype == DType::u8)
      return add("QuantizeLinear", {x, scales(quant), zeros(quant, type.dtype)});
    const auto steps = add("Round", {add("Div", {x, scales(quant)})});
    const auto zero = static_cast<float>(quant.zero_point[0]);
    const auto shifted = add("Add", {steps, constant(Tensor::of<float>({}, {zero}))});
    const auto cut = add("Clip", {shifted, constant(Tensor::of<float>({}, {-32768})),
                                  constant(Tensor::of<float>({}, {32767}))});
    return add("Cast", {cut}, {{"to", ::onnx::TensorProto::INT16}});
  }

 private:
  std::string constant(const Tensor& value) { return space_.constant(value, ""); }

  static Shape shape_of(const Quantization& quant) {
    return quant.per_axis() ? Shape{std::ssize(quant.scale)} : Shape();
  }

  std::string scales(const Quantization& quant) {
    return constant(Tensor::of(shape_of(quant), quant.scale));
  }

  std::string zeros(const Quantization& quant, DType dtype) {
    if (dtype == DType::u8) {
      const std::vector<std::uint8_t> zero(quant.zero_point.begin(), quant.zero_point.end());
      return constant(Tensor::of(shape_of(quant), zero));
    }
    const std::vector<std::int8_t> zero(quant.zero_point.begin(), quant.zero_point.end());
    return constant(Tensor::of(shape_of(quant), zero));
  }

  OnnxSpace& space_;
};

class OnnxFile {
 public:
  OnnxFile(const Graph& graph, int opset)
      : graph_(graph), space_(*model_.mutable_graph()->mutable_node(), model_.mutable_graph()) {
    space_.opset = opset;
  }

  [[nodiscard]] int needed_opset() const { return space_.needed_opset; }

  Result<::onnx::ModelProto> write() {
    model_.set_ir_version(ir_version(space_.opset));
    model_.set_producer_name(kProducer);
    model_.set_producer_version(SLIPWAY_VERSION);
    auto* opset = model_.add_opset_import();
    opset->set_domain("");
    opset->set_version(space_.opset);
    proto().set_name(graph_.name.empty() ? "graph" : graph_.name);
    prepare_names();
    find_pairs();
    add_inputs();
    const auto count = static_cast<std::int32_t>(graph_.nodes().size());
    for (std::int32_t i = 0; i < count; ++i) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(i)];
      // Integers behind floats are written where somebody reads those.
      if (node.op.is<Input>() || is_known(node) || integers_behind(graph_, {i, 0}) != nullptr)
        continue;
      SLIPWAY_TRY(
          add_node(node, i).during("writing '{}' ({})", node.outputs[0].name, node.op.name()));
    }
    add_outputs();
    add_properties();
    if (model_.functions_size() > 0) {
      auto* own = model_.add_opset_import();
      own->set_domain(kOwnDomain);
      own->set_version(kOwnVersion);
    }
    return std::move(model_);
  }

 private:
  ::onnx::GraphProto& proto() { return *model_.mutable_graph(); }

  /// Numbers that are known become initializers where somebody reads them.
  static bool is_known(const Node& node) {
    return std::all_of(node.outputs.begin(), node.outputs.end(),
                       [](const Value& value) { return value.known.has_value(); });
  }

  static std::vector<ValueId> ids(const Node& node, std::int32_t index) {
    std::vector<ValueId> out;
    for (std::int32_t slot = 0; slot < std::ssize(node.outputs); ++slot)
      out.push_back({index, slot});
    return out;
  }

  void prepare_names() {
    for (const auto& node : graph_.nodes()) {
      for (const auto& value : node.outputs) space_.reserve(value.name);
    }
    // A value that is also wanted with channels first has a name for that already.
    for (const auto& node : graph_.nodes()) {
      const auto* moved = node.op.as<ops::Transpose>();
      if (moved == nullptr || node.outputs[0].known) continue;
      const auto rank = node.outputs[0].type.shape.rank();
      if (rank > 2 && moved->perm == first_of_last(rank))
        space_.wishes.emplace(node.inputs[0], node.outputs[0].name);
    }
    for (const auto id : graph_.outputs()) {
      if (graph_.known(id) == nullptr) continue;
      const auto name = space_.fresh(graph_.value(id).name + "/value");
      space_.names[id].last = space_.constant(*graph_.known(id), name);
    }
  }

  /// Bytes that are quantized, and that nothing but Dequantize reads.
  void find_pairs() {
    for (std::int32_t i = 0; i < std::ssize(graph_.nodes()); ++i) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(i)];
      const auto* op = node.op.as<ops::Quantize>();
      const auto& type = node.outputs[0].type;
      if (op == nullptr || node.inputs.size() != 1 || !op->halves_to_even || op->bits != 0)
        continue;
      const bool fits = (type.dtype == DType::u8 || type.dtype == DType::i8) && type.quant &&
                        !type.quant->per_axis() && graph_.type(node.inputs[0]).dtype == DType::f32;
      if (fits) space_.pairs.insert({i, 0});
    }
    for (const auto& node : graph_.nodes()) {
      if (node.op.is<ops::Dequantize>() && node.inputs.size() == 1) continue;
      for (const auto id : node.inputs) space_.pairs.erase(id);
    }
    for (const auto id : graph_.outputs()) space_.pairs.erase(id);
  }

  void add_inputs() {
    for (const auto id : graph_.inputs()) {
      const auto& [name, type, known] = graph_.value(id);
      auto& input = *proto().add_input();
      input.set_name(name);
      set_onnx_type(type, *input.mutable_type());
      if (type.quant) space_.scales.emplace(name, type);
      space_.names[id].last = name;
    }
  }

  void add_outputs() {
    std::set<std::string> taken;
    for (const auto id : graph_.outputs()) {
      const auto& [wish, type, known] = graph_.value(id);
      const Node none{Input{}, {}, {graph_.value(id)}};
      auto name = OnnxWriter(graph_, none, {id}, space_).last_of(id);
      if (name != wish || taken.contains(name)) {
        const auto source = name;
        name = taken.contains(wish) ? space_.fresh(wish) : wish;
        space_.add("Identity", {source}, {}, {name});
      }
      taken.insert(name);
      auto& output = *proto().add_output();
      output.set_name(name);
      set_onnx_type(type, *output.mutable_type());
    }
  }

  void add_property(const std::string& key, const std::string& value) {
    auto& entry = *model_.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }

  void add_properties() {
    for (const auto& [key, value] : graph_.metadata) add_property(key, value);
    if (graph_.recipe) add_property(std::string(kRecipeKey), to_text(*graph_.recipe));
    if (space_.scales.empty()) return;
    std::string types;
    for (const auto& [name, type] : space_.scales)
      types += fmt::format("{} {}\n", field::print(name), type.text());
    add_property(std::string(kTypesKey), types);
  }

  Result<void> add_node(const Node& node, std::int32_t index) {
    const auto* row = find_onnx_write_row(node.op.name());
    if (row == nullptr)
      return fail(Code::unsupported, "ONNX has no operator for {}", node.op.name());
    for (const auto& [name, value] : node.op.fields()) {
      if (fmt::format(" {} ", row->fields).find(fmt::format(" {} ", name)) == std::string::npos) {
        return fail(Code::unsupported, "ONNX has no operator for {} with {}={}", node.op.name(),
                    name, value);
      }
    }
    OnnxWriter writer(graph_, node, ids(node, index), space_);
    const bool quantized = is_quantized(graph_, node);
    const bool real = quantized && row->is_real(writer);
    const bool plain = row->is_standard(writer) || (!real && row->is_exact(writer) &&
                                                    (!quantized || tells_scales(graph_, node)));
    if (!plain) return add_call(node, index, *row, real);
    SLIPWAY_TRY(row->write(writer));
    return writer.check_inputs();
  }

  /// A node of the domain slipway, and the function that says the same in ONNX's own operators.
  Result<void> add_call(const Node& node, std::int32_t index, const OnnxWriteRow& row, bool real) {
    const auto outputs = ids(node, index);
    OnnxWriter outside(graph_, node, outputs, space_);
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      inputs.push_back(outside.has(i) ? outside.last(i) : "");
    std::vector<std::string> results;
    std::vector<std::string> types;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      results.push_back(node.outputs[i].name);
      types.push_back(node.outputs[i].type.text());
      space_.names[outputs[i]].last = node.outputs[i].name;
    }
    ::onnx::FunctionProto function;
    SLIPWAY_TRY(write_body(node, outputs, row, real, function));
    auto& call = space_.add(name_of(function, node.op.name()), inputs,
                            {{kOwnOp, to_text(node.op)}, {kOwnTypes, types}}, results);
    call.set_domain(kOwnDomain);
    return {};
  }

  Result<void> write_body(const Node& node, const std::vector<ValueId>& outputs,
                          const OnnxWriteRow& row, bool real, ::onnx::FunctionProto& function) {
    function.set_domain(kOwnDomain);
    function.add_attribute(kOwnOp);
    function.add_attribute(kOwnTypes);
    auto* opset = function.add_opset_import();
    opset->set_domain("");
    opset->set_version(space_.opset);
    OnnxSpace space(*function.mutable_node(), nullptr);
    space.opset = space_.opset;
    Scaling scaling(space);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto id = node.inputs[i];
      auto name = fmt::format("x{}", i);
      function.add_input(name);
      if (!id.exists() || !space.names[id].last.empty()) continue;
      const auto& type = graph_.type(id);
      const bool is_bias = real && row.bias == static_cast<int>(i) && is_integer(type.dtype);
      if (is_bias) {
        name =
            scaling.dequantize_bias(name, graph_.type(node.inputs[0]), graph_.type(node.inputs[1]));
      } else if (real && type.quant) {
        name = scaling.dequantize(name, type);
      }
      if (is_bias || (real && type.quant)) space.types[id] = {DType::f32, type.shape, {}};
      space.names[id].last = name;
    }
    for (const auto id : outputs) {
      const auto& type = graph_.type(id);
      if (real && type.quant) space.types[id] = {DType::f32, type.shape, {}};
    }
    OnnxWriter writer(graph_, node, outputs, space);
    SLIPWAY_TRY(row.write(writer));
    SLIPWAY_TRY(writer.check_inputs());
    space_.needed_opset = std::max(space_.needed_opset, space.needed_opset);
    std::set<std::string> taken(function.input().begin(), function.input().end());
    for (const auto id : outputs) {
      const auto& type = graph_.type(id);
      auto name = writer.last_of(id);
      if (real && type.quant) name = scaling.quantize(name, type);
      if (taken.contains(name)) name = scaling.add("Identity", {name});
      taken.insert(name);
      function.add_output(name);
    }
    return {};
  }

  /// The name of an equal function, or that of this new one.
  std::string name_of(const ::onnx::FunctionProto& function, std::string_view op) {
    auto [found, is_new] = functions_.try_emplace(function.SerializeAsString());
    if (!is_new) return found->second;
    const int number = ++numbers_[std::string(op)];
    found->second = number == 1 ? std::string(op) : fmt::format("{}_{}", op, number);
    auto& added = *model_.add_functions();
    added = function;
    added.set_name(found->second);
    return found->second;
  }

  const Graph& graph_;
  ::onnx::ModelProto model_;
  OnnxSpace space_;
  std::unordered_map<std::string, std::string> functions_;  // names by what they hold
  std::map<std::string, int> numbers_;
};

}  // namespace

Result<::onnx::ModelProto> to_onnx(const Graph& graph) {
  OnnxFile file(graph, OnnxSpace::kLeastOpset);
  auto model = SLIPWAY_TRY(file.write());
  if (file.needed_opset() == OnnxSpace::kLeastOpset) return model;
  return OnnxFile(graph, file.needed_opset()).write();
}

}  // namespace slipway::formats
