// Operators that compute each element from the elements at its place.

#include "formats/tflite/op_context.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"

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

Result<void> gelu(OpContext& context) {
  const bool approximate = context.options<tflite::GeluOptions>().approximate();
  return context.emit(ops::Gelu{.approximate = approximate}, SLIPWAY_TRY(context.inputs()));
}

Result<void> leaky_relu(OpContext& context) {
  const float slope = context.options<tflite::LeakyReluOptions>().alpha();
  return context.emit(ops::LeakyRelu{.slope = slope}, SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> elementwise_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_ABS, plain<ops::Abs>},
      {tflite::BuiltinOperator_ADD, sum<ops::Add, tflite::AddOptions>},
      {tflite::BuiltinOperator_ATAN2, plain<ops::Atan2>},
      {tflite::BuiltinOperator_BITWISE_XOR, plain<ops::BitwiseXor>},
      {tflite::BuiltinOperator_CEIL, plain<ops::Ceil>},
      {tflite::BuiltinOperator_COS, plain<ops::Cos>},
      {tflite::BuiltinOperator_DIV, binary<ops::Div, tflite::DivOptions>},
      {tflite::BuiltinOperator_ELU, plain<ops::Elu>},
      {tflite::BuiltinOperator_EXP, plain<ops::Exp>},
      {tflite::BuiltinOperator_FLOOR, plain<ops::Floor>},
      {tflite::BuiltinOperator_FLOOR_DIV, plain<ops::FloorDiv>},
      {tflite::BuiltinOperator_FLOOR_MOD, plain<ops::FloorMod>},
      {tflite::BuiltinOperator_GELU, gelu},
      {tflite::BuiltinOperator_HARD_SWISH, plain<ops::HardSwish>},
      {tflite::BuiltinOperator_LEAKY_RELU, leaky_relu},
      {tflite::BuiltinOperator_LOG, plain<ops::Log>},
      {tflite::BuiltinOperator_LOGICAL_NOT, plain<ops::Not>},
      {tflite::BuiltinOperator_LOGISTIC, plain<ops::Sigmoid>},
      {tflite::BuiltinOperator_MAXIMUM, plain<ops::Maximum>},
      {tflite::BuiltinOperator_MINIMUM, plain<ops::Minimum>},
      {tflite::BuiltinOperator_MUL, binary<ops::Mul, tflite::MulOptions>},
      {tflite::BuiltinOperator_NEG, plain<ops::Neg>},
      {tflite::BuiltinOperator_POW, plain<ops::Pow>},
      {tflite::BuiltinOperator_PRELU, plain<ops::PRelu>},
      {tflite::BuiltinOperator_RELU, plain<ops::Relu>},
      {tflite::BuiltinOperator_RELU6, plain<ops::Relu6>},
      {tflite::BuiltinOperator_RELU_0_TO_1, plain<ops::Relu0To1>},
      {tflite::BuiltinOperator_RELU_N1_TO_1, plain<ops::ReluN1To1>},
      {tflite::BuiltinOperator_RIGHT_SHIFT, plain<ops::RightShift>},
      {tflite::BuiltinOperator_ROUND, plain<ops::Round>},
      {tflite::BuiltinOperator_RSQRT, plain<ops::Rsqrt>},
      {tflite::BuiltinOperator_SIGN, plain<ops::Sign>},
      {tflite::BuiltinOperator_SIN, plain<ops::Sin>},
      {tflite::BuiltinOperator_SQRT, plain<ops::Sqrt>},
      {tflite::BuiltinOperator_SQUARE, plain<ops::Square>},
      {tflite::BuiltinOperator_SQUARED_DIFFERENCE, plain<ops::SquaredDifference>},
      {tflite::BuiltinOperator_SUB, sum<ops::Sub, tflite::SubOptions>},
      {tflite::BuiltinOperator_TANH, plain<ops::Tanh>},
  };
  return kRows;
}

}  // namespace slipway::formats
