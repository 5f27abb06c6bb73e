// The table of contents of the operators: which file turns which operator into nodes.

#include "formats/tflite/op_context.h"

namespace slipway::formats {

Converter find_converter(tflite::BuiltinOperator op) {
  for (const auto family : {conv_converters(), detect_converters(), elementwise_converters(),
                            index_converters(), move_converters(), shape_converters()}) {
    for (const auto& row : family) {
      if (row.op == op) return row.convert;
    }
  }
  return nullptr;
}

}  // namespace slipway::formats
