// Constants and what passes its input on.

#include "formats/onnx/node.h"

namespace slipway::formats {
namespace {

Result<Tensor> constant_of(OnnxNode& node) {
  if (const auto* value = node.attribute("value")) {
    if (!value->has_t()) return fail(Code::corrupt, "the attribute 'value' is no tensor");
    return onnx_tensor(value->t(), &node.import().external);
  }
  if (node.has_attribute("value_float"))
    return Tensor::of<float>({}, {SLIPWAY_TRY(node.number("value_float", 0))});
  if (node.has_attribute("value_int"))
    return Tensor::of<std::int64_t>({}, {SLIPWAY_TRY(node.integer("value_int", 0))});
  if (node.has_attribute("value_floats")) {
    const auto numbers = SLIPWAY_TRY(node.number_list("value_floats"));
    return Tensor::of<float>({static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  if (node.has_attribute("value_ints")) {
    const auto numbers = SLIPWAY_TRY(node.integer_list("value_ints"));
    return Tensor::of<std::int64_t>({static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  if (node.has_attribute("sparse_value")) return fail(Code::unsupported, "a sparse tensor");
  if (node.has_attribute("value_string") || node.has_attribute("value_strings"))
    return fail(Code::unsupported, "tensors of strings");
  return fail(Code::corrupt, "a constant without a value");
}

Result<void> constant(OnnxNode& node) {
  auto value = SLIPWAY_TRY(constant_of(node));
  SLIPWAY_TRY(node.import().budget.spend(value.bytes().size()));
  const auto id = node.graph().add_constant(node.title(), std::move(value));
  const auto* given = node.attribute("value");
  if (given != nullptr && is_four_bits(given->t().data_type())) node.import().four_bits.insert(id);
  return node.alias(0, id);
}

Result<void> identity(OnnxNode& node) { return node.alias(0, SLIPWAY_TRY(node.input(0))); }

}  // namespace

std::span<const OnnxRow> onnx_basic() {
  static constexpr OnnxRow kRows[] = {
      {"Constant", constant},
      {"Identity", identity},
  };
  return kRows;
}

}  // namespace slipway::formats
