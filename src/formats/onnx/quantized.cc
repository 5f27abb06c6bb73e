#include "formats/onnx/quantized.h"

#include <algorithm>

#include "ops/elementwise/binary.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {

Result<std::optional<Quantization>> known_quantization(OnnxNode& node, std::size_t scale,
                                                       std::size_t zero, const TensorType& x,
                                                       std::int64_t axis) {
  const auto* scales = node.known(SLIPWAY_TRY(node.input(scale)));
  const auto zero_id = SLIPWAY_TRY(node.optional_input(zero));
  const auto* zeros = node.known(zero_id);
  const std::optional<Quantization> none;
  if (scales == nullptr || scales->dtype() != DType::f32 || scales->shape().rank() > 1) return none;
  if (zero_id.exists() && (zeros == nullptr || !is_integer(zeros->dtype()))) return none;
  Quantization quant;
  const auto values = scales->values<float>();
  quant.scale.assign(values.begin(), values.end());
  quant.zero_point.assign(quant.scale.size(), 0);
  if (zeros != nullptr) {
    const auto numbers = SLIPWAY_TRY(to_integers(*zeros));
    if (numbers.size() != 1 && numbers.size() != quant.scale.size()) return none;
    for (std::size_t i = 0; i < quant.zero_point.size(); ++i) {
      const auto number = numbers[numbers.size() == 1 ? 0 : i];
      if (number < INT32_MIN || number > INT32_MAX) return none;
      quant.zero_point[i] = static_cast<std::int32_t>(number);
    }
  }
  if (quant.scale.size() != 1) quant.axis = static_cast<int>(axis);
  if (!check(quant, x.dtype, x.shape)) return none;
  return std::optional(quant);
}

Result<ValueId> quantized_helper(OnnxNode& node, const AnyOp& op, std::vector<ValueId> inputs,
                                 const Quantization& quant, std::string_view purpose) {
  auto types = SLIPWAY_TRY(infer_types(node.graph(), op, inputs));
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < types.size(); ++i) {
    outputs.push_back(
        {fmt::format("{}/{}{}", node.title(), purpose, i == 0 ? "" : ":1"), types[i].type});
  }
  outputs[0].type.quant = quant;
  const auto ids = SLIPWAY_TRY(node.graph().add_typed(op, std::move(inputs), std::move(outputs)));
  return ids[0];
}

Result<ValueId> as_quantized(OnnxNode& node, ValueId value, const Quantization& quant) {
  const auto& producer = node.graph().node(value);
  if (const auto* constant = producer.op.as<Constant>()) {
    auto type = constant->value.type();
    type.quant = quant;
    return node.constant("quantized", SLIPWAY_TRY(constant->value.as(type)));
  }
  if (producer.op.is<ops::Reinterpret>()) {
    const auto inner = producer.inputs[0];
    if (node.type(inner).quant == quant) return inner;
  }
  return quantized_helper(node, ops::Reinterpret{}, {value}, quant, "quantized");
}

Result<ValueId> as_plain(OnnxNode& node, ValueId value) {
  const auto ids = SLIPWAY_TRY(node.helper_all(ops::Reinterpret{}, {value}, "plain"));
  return ids[0];
}

Result<void> emit_quantized(OnnxNode& node, const AnyOp& op, std::vector<ValueId> inputs,
                            const Quantization& quant, bool last) {
  const auto inner = SLIPWAY_TRY(quantized_helper(node, op, std::move(inputs), quant, "quantized"));
  if (last) return node.emit_channels_last(ops::Reinterpret{}, {inner});
  return node.emit(ops::Reinterpret{}, {inner});
}

Result<ValueId> scalar(OnnxNode& node, float value, DType dtype) {
  const auto number = node.constant("number", Tensor::of<float>({}, {value}));
  if (dtype == DType::f32) return number;
  return node.helper(ops::Cast{dtype}, {number}, "number_cast");
}

Result<ValueId> moved_filter(OnnxNode& node, ValueId filter,
                             const std::vector<std::int64_t>& perm) {
  const auto& producer = node.graph().node(filter);
  if (producer.op.is<ops::Dequantize>() && producer.inputs.size() == 1) {
    const auto inner = producer.inputs[0];
    const auto* integers = node.graph().node(inner).op.as<Constant>();
    if (integers != nullptr && integers->value.type().quant) {
      const auto dequantize = producer.op;
      const auto moved = SLIPWAY_TRY(node.helper(ops::Transpose{perm}, {inner}, "filter_integers"));
      const auto ids = SLIPWAY_TRY(node.helper_all(dequantize, {moved}, "filter"));
      return ids[0];
    }
  }
  return node.helper(ops::Transpose{perm}, {filter}, "filter");
}

Result<ValueId> combined_scales(OnnxNode& node, ValueId x, ValueId w, ValueId y) {
  std::vector<ValueId> scales = {x, w, y};
  for (auto& scale : scales) {
    if (node.type(scale).dtype != DType::f32)
      scale = SLIPWAY_TRY(node.helper(ops::Cast{DType::f32}, {scale}, "scale"));
  }
  const auto product = SLIPWAY_TRY(node.helper(ops::Mul{}, {scales[0], scales[1]}, "x_and_w"));
  return node.helper(ops::Div{}, {product, scales[2]}, "scales");
}

Result<ValueId> requantized(OnnxNode& node, ValueId sums, ValueId scales, ValueId zero) {
  if (!node.type(zero).is_known() || node.type(zero).shape.elements() != 1)
    return fail(Code::unsupported, "the output has zero points {}", node.type(zero).shape.text());
  const auto real = SLIPWAY_TRY(node.helper(ops::Cast{DType::f32}, {sums}, "sums"));
  const auto scaled = SLIPWAY_TRY(node.helper(ops::Mul{}, {real, scales}, "scaled"));
  const auto one =
      node.constant("one", Tensor::of<float>(node.type(zero).shape, std::vector<float>(1, 1.0F)));
  const ops::Quantize op{.to = node.type(zero).dtype, .halves_to_even = true};
  return node.helper(op, {scaled, one, zero}, "requantized");
}

}  // namespace slipway::formats
