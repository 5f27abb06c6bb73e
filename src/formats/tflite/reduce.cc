// Operators that take elements together along some dimensions.

#include "ops/reduce/reduce.h"

#include "formats/tflite/op_context.h"
#include "ops/reduce/along_axis.h"

namespace slipway::formats {
namespace {

template <class Op>
Result<void> reduce(OpContext& context) {
  const bool keep = context.options<tflite::ReducerOptions>().keep_dims();
  return context.emit(Op{.axes = SLIPWAY_TRY(context.integers(1)), .keep_dims = keep},
                      {SLIPWAY_TRY(context.input(0))});
}

/// The one number in input 1.
Result<std::int64_t> axis_of(const OpContext& context) {
  const auto numbers = SLIPWAY_TRY(context.integers(1));
  if (numbers.size() != 1) return fail(Code::invalid_input, "{} axes", numbers.size());
  return numbers[0];
}

template <class Op>
Result<void> arg(OpContext& context) {
  const auto to = SLIPWAY_TRY(context.stated(0)).dtype;
  return context.emit(Op{.axis = SLIPWAY_TRY(axis_of(context)), .to = to},
                      {SLIPWAY_TRY(context.input(0))});
}

Result<void> cumsum(OpContext& context) {
  const auto& options = context.options<tflite::CumsumOptions>();
  return context.emit(ops::Cumsum{.axis = SLIPWAY_TRY(axis_of(context)),
                                  .exclusive = options.exclusive(),
                                  .reverse = options.reverse()},
                      {SLIPWAY_TRY(context.input(0))});
}

}  // namespace

std::span<const ConverterRow> reduce_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_ARG_MAX, arg<ops::ArgMax>},
      {tflite::BuiltinOperator_ARG_MIN, arg<ops::ArgMin>},
      {tflite::BuiltinOperator_CUMSUM, cumsum},
      {tflite::BuiltinOperator_MEAN, reduce<ops::ReduceMean>},
      {tflite::BuiltinOperator_REDUCE_ALL, reduce<ops::ReduceAll>},
      {tflite::BuiltinOperator_REDUCE_ANY, reduce<ops::ReduceAny>},
      {tflite::BuiltinOperator_REDUCE_MAX, reduce<ops::ReduceMax>},
      {tflite::BuiltinOperator_REDUCE_MIN, reduce<ops::ReduceMin>},
      {tflite::BuiltinOperator_REDUCE_PROD, reduce<ops::ReduceProd>},
      {tflite::BuiltinOperator_SUM, reduce<ops::ReduceSum>},
  };
  return kRows;
}

}  // namespace slipway::formats
