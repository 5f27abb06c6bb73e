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

template <class Op, class Options>
Result<void> sum(OpContext& context) {
  const auto& options = context.options<Options>();
  const auto activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  return context.emit(Op{.activation = activation, .powers_of_two = options.pot_scale_int16()},
                      SLIPWAY_TRY(context.inputs()));
}

/// An operator without options.
template <class Op>
Result<void> plain(OpContext& context) {
  return context.emit(Op{}, SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> elementwise_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_ADD, sum<ops::Add, tflite::AddOptions>},
      {tflite::BuiltinOperator_ATAN2, plain<ops::Atan2>},
      {tflite::BuiltinOperator_BITWISE_XOR, plain<ops::BitwiseXor>},
      {tflite::BuiltinOperator_DIV, binary<ops::Div, tflite::DivOptions>},
      {tflite::BuiltinOperator_FLOOR_DIV, plain<ops::FloorDiv>},
      {tflite::BuiltinOperator_FLOOR_MOD, plain<ops::FloorMod>},
      {tflite::BuiltinOperator_MAXIMUM, plain<ops::Maximum>},
      {tflite::BuiltinOperator_MINIMUM, plain<ops::Minimum>},
      {tflite::BuiltinOperator_MUL, binary<ops::Mul, tflite::MulOptions>},
      {tflite::BuiltinOperator_POW, plain<ops::Pow>},
      {tflite::BuiltinOperator_RIGHT_SHIFT, plain<ops::RightShift>},
      {tflite::BuiltinOperator_SQUARED_DIFFERENCE, plain<ops::SquaredDifference>},
      {tflite::BuiltinOperator_SUB, sum<ops::Sub, tflite::SubOptions>},
  };
  return kRows;
}

}  // namespace slipway::formats
