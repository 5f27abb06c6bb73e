// Operators that move elements, or say where they go.

#include "formats/tflite/op_context.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

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

Result<void> transpose(OpContext& context) {
  return context.emit(ops::Transpose{SLIPWAY_TRY(context.integers(1))},
                      {SLIPWAY_TRY(context.input(0))});
}

}  // namespace

std::span<const ConverterRow> shape_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_RESHAPE, reshape},
      {tflite::BuiltinOperator_TRANSPOSE, transpose},
  };
  return kRows;
}

}  // namespace slipway::formats
