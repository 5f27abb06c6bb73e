// The table of contents of the operators: which file turns which operator into nodes.

#include <array>

#include "formats/tflite/op_context.h"

namespace slipway::formats {

namespace {

auto families() {
  return std::to_array({conv_converters(), detect_converters(), elementwise_converters(),
                        index_converters(), move_converters(), normalize_converters(),
                        quantize_converters(), reduce_converters(), shape_converters()});
}

}  // namespace

Converter find_converter(tflite::BuiltinOperator op) {
  for (const auto family : families()) {
    for (const auto& row : family) {
      if (row.op == op) return row.convert;
    }
  }
  return nullptr;
}

std::vector<std::string> converter_names() {
  std::vector<std::string> names = {"TFLite_Detection_PostProcess"};
  for (const auto family : families()) {
    for (const auto& row : family) names.emplace_back(tflite::EnumNameBuiltinOperator(row.op));
  }
  return names;
}

}  // namespace slipway::formats
