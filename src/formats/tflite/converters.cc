// The table of contents of the operators: which file turns which operator into nodes.

#include "formats/tflite/op_context.h"

namespace slipway::formats {

Converter find_converter(tflite::BuiltinOperator op) {
  for (const auto family : {conv_converters(), elementwise_converters(), normalize_converters(),
                            quantize_converters(), reduce_converters(), shape_converters()}) {
    for (const auto& row : family) {
      if (row.op == op) return row.convert;
    }
  }
  return nullptr;
}

Converter find_custom_converter(std::string_view) { return nullptr; }

}  // namespace slipway::formats
