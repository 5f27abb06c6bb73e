// Operators between element types.

#include "ops/quant/quantize.h"

#include "formats/tflite/op_context.h"

namespace slipway::formats {
namespace {

/// An operator whose output type the file states.
template <class Op>
Result<void> to_type(OpContext& context) {
  const auto to = SLIPWAY_TRY(context.stated(0)).dtype;
  return context.emit(Op{.to = to}, SLIPWAY_TRY(context.inputs()));
}

Result<void> dequantize(OpContext& context) {
  return context.emit(ops::Dequantize{}, SLIPWAY_TRY(context.inputs()));
}

Result<void> fake_quant(OpContext& context) {
  const auto& options = context.options<tflite::FakeQuantOptions>();
  return context.emit(ops::FakeQuant{.min = options.min(),
                                     .max = options.max(),
                                     .bits = options.num_bits(),
                                     .narrow_range = options.narrow_range()},
                      SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> quantize_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_CAST, to_type<ops::Cast>},
      {tflite::BuiltinOperator_DEQUANTIZE, dequantize},
      {tflite::BuiltinOperator_FAKE_QUANT, fake_quant},
      {tflite::BuiltinOperator_QUANTIZE, to_type<ops::Quantize>},
  };
  return kRows;
}

}  // namespace slipway::formats
