// Operators that compute each element from the elements at its place.

#include "formats/tflite/op_context.h"
#include "ops/elementwise/binary.h"

namespace slipway::formats {
namespace {

/// An arithmetic operator with a fused activation.
template <class Op, class Options>
Result<void> binary(OpContext& context) {
  const auto& options = context.options<Options>();
  const auto activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  return context.emit(Op{.activation = activation}, SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> elementwise_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_ADD, binary<ops::Add, tflite::AddOptions>},
      {tflite::BuiltinOperator_MUL, binary<ops::Mul, tflite::MulOptions>},
      {tflite::BuiltinOperator_SUB, binary<ops::Sub, tflite::SubOptions>},
  };
  return kRows;
}

}  // namespace slipway::formats
