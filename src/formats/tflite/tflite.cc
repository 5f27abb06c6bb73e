#include "formats/tflite/tflite.h"

#include <algorithm>
#include <map>
#include <set>

#include "formats/import.h"
#include "formats/tflite/metadata.h"
#include "formats/tflite/op_context.h"
#include "ir/rewrite.h"

namespace slipway {
namespace formats {
namespace {

bool can_read(BytesView bytes) {
  return bytes.size() >= 8 && as_text(bytes.subspan(4, 4)) == tflite::ModelIdentifier();
}

/// The name of an operator for messages: "CONV_2D", or a custom one's own.
std::string operator_name(const tflite::OperatorCode& code, tflite::BuiltinOperator op) {
  if (op == tflite::BuiltinOperator_CUSTOM && code.custom_code() != nullptr)
    return code.custom_code()->str();
  const char* name = tflite::EnumNameBuiltinOperator(op);
  return *name == '\0' ? fmt::format("operator {}", static_cast<int>(op)) : name;
}

/// Reads one file: tensors with data become constants, operators become nodes in the file's order.
class Reader {
 public:
  Reader(const tflite::Model& model, BytesView file)
      : model_(model), file_(file), budget_(file.size()) {}

  Result<Graph> read() {
    if (model_.subgraphs() == nullptr || model_.subgraphs()->size() == 0) {
      return fail(Code::corrupt, "the file holds no graph");
    }
    subgraph_ = model_.subgraphs()->Get(0);
    if (subgraph_->tensors() == nullptr || subgraph_->operators() == nullptr ||
        model_.buffers() == nullptr || model_.operator_codes() == nullptr) {
      return fail(Code::corrupt, "the graph has no tensors or no operators");
    }
    if (subgraph_->operators()->size() > ImportBudget::kMaxNodes ||
        subgraph_->tensors()->size() > ImportBudget::kMaxTensors) {
      return fail(Code::unsupported, "a graph of {} operators", subgraph_->operators()->size());
    }
    SLIPWAY_TRY(pay_for_tensors());
    if (subgraph_->name() != nullptr) graph_.name = subgraph_->name()->str();
    SLIPWAY_TRY(add_inputs());
    SLIPWAY_TRY(add_constants());
    SLIPWAY_TRY(add_operators());
    SLIPWAY_TRY(set_outputs());
    // Filters were copied into our layout; the originals are needed no more.
    SLIPWAY_TRY(Rewriter(graph_).finish());
    const auto hints = read_metadata(model_, file_, graph_);
    add_default_recipe(graph_, hints);
    SLIPWAY_TRY(read_recipe(model_, graph_));
    return std::move(graph_);
  }

 private:
  [[nodiscard]] Result<const tflite::Tensor*> tensor(std::int32_t index) const {
    if (index < 0 || static_cast<unsigned>(index) >= subgraph_->tensors()->size()) {
      return fail(Code::corrupt, "there is no tensor {}", index);
    }
    return subgraph_->tensors()->Get(static_cast<unsigned>(index));
  }

  /// Many tensors may share one long name or one list of scales in the file, and many operators one
  /// list of inputs; here each has its own.
  Result<void> pay_for_tensors() {
    for (const auto* op : *subgraph_->operators()) {
      const std::size_t inputs = op->inputs() == nullptr ? 0 : op->inputs()->size();
      const std::size_t outputs = op->outputs() == nullptr ? 0 : op->outputs()->size();
      SLIPWAY_TRY(budget_.spend((inputs + outputs) * sizeof(ValueId)));
    }
    for (const auto* tensor : *subgraph_->tensors()) {
      std::size_t bytes = tensor->name() == nullptr ? 0 : tensor->name()->size();
      if (tensor->shape() != nullptr) bytes += tensor->shape()->size() * sizeof(std::int64_t);
      const auto* quant = tensor->quantization();
      if (quant != nullptr && quant->scale() != nullptr)
        bytes += quant->scale()->size() * (sizeof(float) + sizeof(std::int32_t));
      SLIPWAY_TRY(budget_.spend(bytes));
    }
    return {};
  }

  static std::string name_of_tensor(const tflite::Tensor& tensor) {
    return tensor.name() == nullptr ? std::string() : tensor.name()->str();
  }

  Result<void> add_inputs() {
    if (subgraph_->inputs() == nullptr) return {};
    for (const auto index : *subgraph_->inputs()) {
      const auto* input = SLIPWAY_TRY(tensor(index));
      auto type = SLIPWAY_TRY(tensor_type(*input).during("input '{}'", name_of_tensor(*input)));
      if (!values_.emplace(index, graph_.add_input(name_of_tensor(*input), std::move(type)))
               .second) {
        return fail(Code::corrupt, "tensor {} is an input twice", index);
      }
    }
    return {};
  }

  /// The bytes behind a tensor; empty for values that are computed.
  Result<BytesView> data_of(const tflite::Tensor& tensor) const {
    if (tensor.buffer() >= model_.buffers()->size()) {
      return fail(Code::corrupt, "there is no buffer {}", tensor.buffer());
    }
    const auto* buffer = model_.buffers()->Get(tensor.buffer());
    if (buffer->offset() > 1) {  // files over 2 GB keep weights behind the flatbuffer
      ByteReader reader(file_);
      SLIPWAY_TRY(reader.seek(buffer->offset()));
      return reader.take(buffer->size());
    }
    if (buffer->data() == nullptr) return BytesView();
    return std::as_bytes(std::span{buffer->data()->data(), buffer->data()->size()});
  }

  /// A tensor without elements has no bytes; it is a constant unless an operator makes it.
  [[nodiscard]] std::set<std::int32_t> computed() const {
    std::set<std::int32_t> all;
    for (const auto* op : *subgraph_->operators()) {
      if (op->outputs() != nullptr) all.insert(op->outputs()->begin(), op->outputs()->end());
    }
    return all;
  }

  static bool is_empty(const tflite::Tensor& tensor) {
    if (tensor.shape() == nullptr) return false;
    return std::find(tensor.shape()->begin(), tensor.shape()->end(), 0) != tensor.shape()->end();
  }

  Result<void> add_constants() {
    const auto made = computed();
    for (unsigned i = 0; i < subgraph_->tensors()->size(); ++i) {
      const auto& tensor = *subgraph_->tensors()->Get(i);
      const auto index = static_cast<std::int32_t>(i);
      if (values_.contains(index)) continue;
      const auto name = name_of_tensor(tensor);
      const auto data = SLIPWAY_TRY(data_of(tensor).during("tensor '{}'", name));
      if (data.empty() && (!is_empty(tensor) || made.contains(index))) continue;
      values_[index] = graph_.add_constant(
          name, SLIPWAY_TRY(shared_constant(tensor, data).during("tensor '{}'", name)));
    }
    return {};
  }

  /// Tensors of the same buffer share its bytes here too.
  Result<Tensor> shared_constant(const tflite::Tensor& tensor, BytesView data) {
    const std::pair key(tensor.buffer(), tensor.type());
    const auto found = constants_.find(key);
    if (found != constants_.end() && tensor.sparsity() == nullptr)
      return found->second.as(SLIPWAY_TRY(tensor_type(tensor)));
    SLIPWAY_TRY(budget_.spend(data.size() * (tensor.type() == tflite::TensorType_INT4 ? 2 : 1)));
    auto made = SLIPWAY_TRY(constant(tensor, data));
    constants_.emplace(key, made);
    return made;
  }

  static Result<Tensor> constant(const tflite::Tensor& tensor, BytesView data) {
    if (tensor.sparsity() != nullptr) return fail(Code::unsupported, "sparse weights");
    auto type = SLIPWAY_TRY(tensor_type(tensor));
    if (tensor.type() != tflite::TensorType_INT4) return Tensor::make(std::move(type), data);
    const auto count = static_cast<std::size_t>(type.shape.elements());
    if (data.size() != (count + 1) / 2) {
      return fail(Code::corrupt, "{} bytes for {} 4-bit numbers", data.size(), count);
    }
    TensorBuilder unpacked(std::move(type));
    const auto out = unpacked.values<std::int8_t>();
    for (std::size_t i = 0; i < count; ++i) {
      const int nibble = (std::to_integer<int>(data[i / 2]) >> (i % 2 == 0 ? 0 : 4)) & 15;
      out[i] = static_cast<std::int8_t>(nibble >= 8 ? nibble - 16 : nibble);
    }
    return std::move(unpacked).build();
  }

  Result<void> add_operators() {
    for (unsigned i = 0; i < subgraph_->operators()->size(); ++i) {
      const auto& op = *subgraph_->operators()->Get(i);
      if (op.opcode_index() >= model_.operator_codes()->size()) {
        return fail(Code::corrupt, "operator {} has no code", i);
      }
      const auto& code = *model_.operator_codes()->Get(op.opcode_index());
      const auto builtin =
          std::max(code.builtin_code(),
                   static_cast<tflite::BuiltinOperator>(code.deprecated_builtin_code()));
      SLIPWAY_TRY(add_operator(op, code, builtin)
                      .during("operator {} ({}), which computes '{}'", i,
                              operator_name(code, builtin), output_name(op)));
    }
    return {};
  }

  /// The name of an operator's first output, for messages.
  [[nodiscard]] std::string output_name(const tflite::Operator& op) const {
    if (op.outputs() == nullptr || op.outputs()->size() == 0) return {};
    const auto found = tensor(op.outputs()->Get(0));
    return found ? name_of_tensor(**found) : std::string();
  }

  Result<void> add_operator(const tflite::Operator& op, const tflite::OperatorCode& code,
                            tflite::BuiltinOperator builtin) {
    const bool custom = builtin == tflite::BuiltinOperator_CUSTOM;
    const auto name = operator_name(code, builtin);
    const Converter convert = custom ? find_custom_converter(name) : find_converter(builtin);
    if (convert == nullptr) {
      return unknown_operator(name, output_name(op), converter_names());
    }
    OpContext context(graph_, values_, *subgraph_, op, budget_);
    return convert(context);
  }

  Result<void> set_outputs() {
    std::vector<ValueId> outputs;
    if (subgraph_->outputs() != nullptr) {
      for (const auto index : *subgraph_->outputs()) {
        const auto found = values_.find(index);
        if (found == values_.end())
          return fail(Code::invalid_input, "output tensor {} is never computed", index);
        outputs.push_back(found->second);
      }
    }
    if (outputs.empty()) return fail(Code::invalid_input, "the graph has no output");
    graph_.set_outputs(std::move(outputs));
    return {};
  }

  const tflite::Model& model_;
  BytesView file_;
  const tflite::SubGraph* subgraph_ = nullptr;
  Graph graph_;
  TensorValues values_;
  std::map<std::pair<unsigned, tflite::TensorType>, Tensor>
      constants_;  // by buffer, and whether it is unpacked
  ImportBudget budget_;
};

Result<Graph> read(const ModelFile& file) {
  const auto bytes = octets(file.bytes);
  // Each use of a table takes at least the 4 bytes of an offset; a file that names one table more
  // often than that would only cost time.
  const auto max_tables = std::min<std::size_t>(16'000'000, file.bytes.size() / 4);
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), 64,
                                 static_cast<flatbuffers::uoffset_t>(max_tables));
  if (!tflite::VerifyModelBuffer(verifier)) {
    return fail(Code::corrupt,
                "the file is damaged or cut short: it breaks the rules of its format")
        .with_remedy("fetch or export the model again");
  }
  return Reader(*tflite::GetModel(bytes.data()), file.bytes).read();
}

}  // namespace
}  // namespace formats

const Format tflite_format = {"TensorFlow Lite", "tflite", formats::can_read, formats::read};

}  // namespace slipway
