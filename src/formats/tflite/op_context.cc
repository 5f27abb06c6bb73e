#include "formats/tflite/op_context.h"

#include <algorithm>

namespace slipway::formats {
namespace {

Result<DType> dtype_of(tflite::TensorType type) {
  switch (type) {
    case tflite::TensorType_FLOAT32:
      return DType::f32;
    case tflite::TensorType_FLOAT16:
      return DType::f16;
    case tflite::TensorType_BFLOAT16:
      return DType::bf16;
    case tflite::TensorType_FLOAT64:
      return DType::f64;
    case tflite::TensorType_INT8:
    case tflite::TensorType_INT4:
      return DType::i8;  // unpacked while reading
    case tflite::TensorType_UINT8:
      return DType::u8;
    case tflite::TensorType_INT16:
      return DType::i16;
    case tflite::TensorType_UINT16:
      return DType::u16;
    case tflite::TensorType_INT32:
      return DType::i32;
    case tflite::TensorType_UINT32:
      return DType::u32;
    case tflite::TensorType_INT64:
      return DType::i64;
    case tflite::TensorType_UINT64:
      return DType::u64;
    case tflite::TensorType_BOOL:
      return DType::boolean;
    default:
      break;
  }
  const char* name = tflite::EnumNameTensorType(type);
  return fail(Code::unsupported, "tensors of type {}", *name == '\0' ? "unknown" : name);
}

/// Zero points are 64 bits wide, but nothing makes a file align them so.
Result<std::int64_t> zero_point_at(const flatbuffers::Vector<std::int64_t>& zeros, std::size_t i) {
  const std::span bytes(zeros.Data(), zeros.size() * sizeof(std::int64_t));
  ByteReader reader(std::as_bytes(bytes));
  SLIPWAY_TRY(reader.seek(i * sizeof(std::int64_t)));
  return reader.number<std::int64_t>();
}

Result<std::optional<Quantization>> quantization_of(const tflite::Tensor& tensor, DType dtype,
                                                    const Shape& shape) {
  const auto* given = tensor.quantization();
  const bool integer =
      dtype == DType::i8 || dtype == DType::u8 || dtype == DType::i16 || dtype == DType::i32;
  if (given == nullptr || !integer || given->scale() == nullptr || given->scale()->size() == 0) {
    return std::optional<Quantization>();
  }
  Quantization quant;
  quant.scale.assign(given->scale()->begin(), given->scale()->end());
  const auto* zeros = given->zero_point();
  for (unsigned i = 0; i < quant.scale.size(); ++i) {
    const std::int64_t zero =
        zeros == nullptr || zeros->size() == 0
            ? 0
            : SLIPWAY_TRY(
                  zero_point_at(*zeros, zeros->size() == 1 ? 0 : std::min(i, zeros->size() - 1)));
    if (zero < INT32_MIN || zero > INT32_MAX)
      return fail(Code::invalid_input, "a zero point of {}", zero);
    quant.zero_point.push_back(static_cast<std::int32_t>(zero));
  }
  if (quant.scale.size() > 1) quant.axis = given->quantized_dimension();
  const auto checked = check(quant, dtype, shape);
  // The scale of a bias follows from its layer's, and some converters write nonsense there.
  if (!checked && dtype == DType::i32) return std::optional<Quantization>();
  SLIPWAY_TRY(checked);
  return std::optional(std::move(quant));
}

}  // namespace

Result<TensorType> tensor_type(const tflite::Tensor& tensor) {
  TensorType type;
  type.dtype = SLIPWAY_TRY(dtype_of(tensor.type()));
  std::vector<std::int64_t> dims;
  if (tensor.shape() != nullptr) {
    if (tensor.shape()->size() > Shape::kMaxRank) {
      return fail(Code::invalid_input, "{} dimensions", tensor.shape()->size());
    }
    dims.assign(tensor.shape()->begin(), tensor.shape()->end());
  }
  for (const auto dim : dims) {
    if (dim < 0) return fail(Code::invalid_input, "dimension {} is negative", dim);
  }
  type.shape = SLIPWAY_TRY(Shape::make(dims));
  type.quant = SLIPWAY_TRY(quantization_of(tensor, type.dtype, type.shape));
  return type;
}

Result<Activation> activation_of(tflite::ActivationFunctionType type) {
  switch (type) {
    case tflite::ActivationFunctionType_NONE:
      return Activation::none;
    case tflite::ActivationFunctionType_RELU:
      return Activation::relu;
    case tflite::ActivationFunctionType_RELU_N1_TO_1:
      return Activation::relu_n1_to_1;
    case tflite::ActivationFunctionType_RELU6:
      return Activation::relu6;
    default:
      break;
  }
  const char* name = tflite::EnumNameActivationFunctionType(type);
  return fail(Code::unsupported, "the fused activation {}", *name == '\0' ? "unknown" : name);
}

Padding padding_of(tflite::Padding padding) {
  return padding == tflite::Padding_SAME ? Padding::same_upper : Padding::valid;
}

std::string OpContext::title() const {
  if (output_count() == 0) return {};
  const auto index = op_.outputs()->Get(0);
  const auto* tensors = subgraph_.tensors();
  if (index < 0 || static_cast<unsigned>(index) >= tensors->size()) return {};
  const auto* name = tensors->Get(static_cast<unsigned>(index))->name();
  return name == nullptr ? std::string() : name->str();
}

Result<ValueId> OpContext::input(std::size_t i) const {
  if (i >= input_count()) return fail(Code::corrupt, "input {} is missing", i);
  const auto index = op_.inputs()->Get(static_cast<unsigned>(i));
  if (index == -1) return kNoValue;
  const auto found = values_.find(index);
  if (found == values_.end()) {
    return fail(Code::invalid_input,
                "input {} is used before it is computed: a cycle, or operators out of order", i);
  }
  return found->second;
}

Result<std::vector<ValueId>> OpContext::inputs() const {
  std::vector<ValueId> all;
  for (std::size_t i = 0; i < input_count(); ++i) all.push_back(SLIPWAY_TRY(input(i)));
  return all;
}

Result<std::vector<std::int64_t>> OpContext::integers(std::size_t i) const {
  const auto id = SLIPWAY_TRY(input(i));
  if (!id.exists()) return fail(Code::corrupt, "input {} is missing", i);
  const auto* tensor = graph_.known(id);
  if (tensor == nullptr) return fail(Code::unsupported, "input {} must be a constant here", i);
  return to_integers(*tensor);
}

Result<TensorType> OpContext::stated(std::size_t i) const {
  if (i >= output_count()) return fail(Code::corrupt, "output {} is missing", i);
  const auto index = op_.outputs()->Get(static_cast<unsigned>(i));
  if (index < 0 || static_cast<unsigned>(index) >= subgraph_.tensors()->size()) {
    return fail(Code::corrupt, "output {} names tensor {}, which is not there", i, index);
  }
  return tensor_type(*subgraph_.tensors()->Get(static_cast<unsigned>(index)));
}

Result<void> OpContext::emit(const AnyOp& op, std::vector<ValueId> node_inputs) {
  const auto inferred = SLIPWAY_TRY(infer_types(graph_, op, node_inputs));
  if (inferred.size() != output_count()) {
    return fail(Code::invalid_input, "{} outputs are needed, the file has {}", inferred.size(),
                output_count());
  }
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    TensorType type = SLIPWAY_TRY(stated(i));
    // The runtime this format was made for computes shapes anew, and so do we: those in the file
    // may be out of date where dimensions are dynamic.
    type.shape = inferred[i].type.shape;
    const auto index = static_cast<unsigned>(op_.outputs()->Get(static_cast<unsigned>(i)));
    const auto* name = subgraph_.tensors()->Get(index)->name();
    outputs.push_back({name == nullptr ? std::string() : name->str(), std::move(type)});
  }
  const auto ids = SLIPWAY_TRY(graph_.add_typed(op, std::move(node_inputs), std::move(outputs)));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    SLIPWAY_TRY(spend(ids[i]));
    SLIPWAY_TRY(alias(i, ids[i]));
  }
  return {};
}

Result<void> OpContext::spend(ValueId id) {
  const auto* known = graph_.known(id);
  return known == nullptr ? Result<void>() : budget_.spend(known->bytes().size());
}

Result<ValueId> OpContext::helper(const AnyOp& op, std::vector<ValueId> node_inputs,
                                  std::string_view purpose) {
  return add_folded(graph_, op, std::move(node_inputs), fmt::format("{}/{}", title(), purpose),
                    budget_);
}

ValueId OpContext::constant(std::string_view purpose, Tensor value) {
  return graph_.add_constant(fmt::format("{}/{}", title(), purpose), std::move(value));
}

Result<void> OpContext::alias(std::size_t i, ValueId value) {
  if (i >= output_count()) return fail(Code::corrupt, "output {} is missing", i);
  const auto index = op_.outputs()->Get(static_cast<unsigned>(i));
  if (!values_.emplace(index, value).second) {
    return fail(Code::invalid_input, "tensor {} is computed twice", index);
  }
  return {};
}

}  // namespace slipway::formats
