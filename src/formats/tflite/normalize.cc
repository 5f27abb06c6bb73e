// Operators that divide by a sum over the last dimension.

#include "ops/normalize/normalize.h"

#include "formats/tflite/op_context.h"
#include "ops/normalize/softmax.h"

namespace slipway::formats {
namespace {

Result<void> softmax(OpContext& context) {
  const auto x = SLIPWAY_TRY(context.input(0));
  const bool wide = SLIPWAY_TRY(context.stated(0)).dtype == DType::i16 && x.exists() &&
                    size_of(context.type(x).dtype) == 1;
  const float beta = context.options<tflite::SoftmaxOptions>().beta();
  return context.emit(ops::Softmax{.beta = beta, .wide = wide}, SLIPWAY_TRY(context.inputs()));
}

Result<void> log_softmax(OpContext& context) {
  return context.emit(ops::LogSoftmax{}, SLIPWAY_TRY(context.inputs()));
}

Result<void> l2_normalization(OpContext& context) {
  const auto& options = context.options<tflite::L2NormOptions>();
  if (SLIPWAY_TRY(activation_of(options.fused_activation_function())) != Activation::none) {
    return fail(Code::unsupported, "a fused activation");
  }
  return context.emit(ops::L2Normalization{}, SLIPWAY_TRY(context.inputs()));
}

Result<void> local_response_normalization(OpContext& context) {
  const auto& options = context.options<tflite::LocalResponseNormalizationOptions>();
  return context.emit(ops::LocalResponseNormalization{.radius = options.radius(),
                                                      .bias = options.bias(),
                                                      .alpha = options.alpha(),
                                                      .beta = options.beta()},
                      SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> normalize_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_L2_NORMALIZATION, l2_normalization},
      {tflite::BuiltinOperator_LOCAL_RESPONSE_NORMALIZATION, local_response_normalization},
      {tflite::BuiltinOperator_LOG_SOFTMAX, log_softmax},
      {tflite::BuiltinOperator_SOFTMAX, softmax},
  };
  return kRows;
}

}  // namespace slipway::formats
