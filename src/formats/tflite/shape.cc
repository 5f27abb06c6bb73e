// Operators that change the shape, take tensors apart or put them together.

#include "formats/tflite/op_context.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

Result<void> concatenation(OpContext& context) {
  const auto& options = context.options<tflite::ConcatenationOptions>();
  if (options.fused_activation_function() != tflite::ActivationFunctionType_NONE)
    return fail(Code::unsupported, "CONCATENATION with a fused activation");
  return context.emit(ops::Concat{options.axis()}, SLIPWAY_TRY(context.inputs()));
}

Result<void> expand_dims(OpContext& context) {
  return context.emit(ops::Unsqueeze{SLIPWAY_TRY(context.integers(1))},
                      {SLIPWAY_TRY(context.input(0))});
}

Result<void> pack(OpContext& context) {
  return context.emit(ops::Pack{context.options<tflite::PackOptions>().axis()},
                      SLIPWAY_TRY(context.inputs()));
}

Result<void> rank(OpContext& context) {
  return context.emit(ops::Rank{}, SLIPWAY_TRY(context.inputs()));
}

Result<void> reshape(OpContext& context) {
  auto inputs = SLIPWAY_TRY(context.inputs());
  if (inputs.size() < 2) {
    // Old files keep the shape in the options alone.
    const auto* given = context.options<tflite::ReshapeOptions>().new_shape();
    if (given == nullptr || inputs.empty()) return fail(Code::corrupt, "no new shape");
    const std::vector<std::int32_t> dims(given->begin(), given->end());
    inputs.push_back(context.constant("shape", Tensor::of<std::int32_t>({given->size()}, dims)));
  }
  return context.emit(ops::Reshape{}, std::move(inputs));
}

Result<void> shape(OpContext& context) {
  const auto type = SLIPWAY_TRY(context.stated(0)).dtype;
  return context.emit(ops::ShapeOf{type}, SLIPWAY_TRY(context.inputs()));
}

/// The single number of an input that must be known while importing.
Result<std::int64_t> one_integer(const OpContext& context, std::size_t i) {
  const auto numbers = SLIPWAY_TRY(context.integers(i));
  if (numbers.size() != 1)
    return fail(Code::invalid_input, "input {} must be one number, not {}", i, numbers.size());
  return numbers[0];
}

Result<void> split(OpContext& context) {
  const auto axis = SLIPWAY_TRY(one_integer(context, 0));
  return context.emit(ops::Split{axis, context.options<tflite::SplitOptions>().num_splits()},
                      {SLIPWAY_TRY(context.input(1))});
}

Result<void> split_v(OpContext& context) {
  const auto axis = SLIPWAY_TRY(one_integer(context, 2));
  return context.emit(ops::Split{axis, context.options<tflite::SplitVOptions>().num_splits()},
                      {SLIPWAY_TRY(context.input(0)), SLIPWAY_TRY(context.input(1))});
}

Result<void> squeeze(OpContext& context) {
  const auto* given = context.options<tflite::SqueezeOptions>().squeeze_dims();
  std::vector<std::int64_t> axes;
  if (given != nullptr) axes.assign(given->begin(), given->end());
  return context.emit(ops::Squeeze{std::move(axes)}, SLIPWAY_TRY(context.inputs()));
}

Result<void> transpose(OpContext& context) {
  return context.emit(ops::Transpose{SLIPWAY_TRY(context.integers(1))},
                      {SLIPWAY_TRY(context.input(0))});
}

Result<void> unpack(OpContext& context) {
  const auto& options = context.options<tflite::UnpackOptions>();
  return context.emit(ops::Unpack{options.axis(), options.num()}, SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> shape_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_CONCATENATION, concatenation},
      {tflite::BuiltinOperator_EXPAND_DIMS, expand_dims},
      {tflite::BuiltinOperator_PACK, pack},
      {tflite::BuiltinOperator_RANK, rank},
      {tflite::BuiltinOperator_RESHAPE, reshape},
      {tflite::BuiltinOperator_SHAPE, shape},
      {tflite::BuiltinOperator_SPLIT, split},
      {tflite::BuiltinOperator_SPLIT_V, split_v},
      {tflite::BuiltinOperator_SQUEEZE, squeeze},
      {tflite::BuiltinOperator_TRANSPOSE, transpose},
      {tflite::BuiltinOperator_UNPACK, unpack},
  };
  return kRows;
}

}  // namespace slipway::formats
