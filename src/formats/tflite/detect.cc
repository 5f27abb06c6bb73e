// Operators at the end of detectors.

#include <flatbuffers/flexbuffers.h>

#include "formats/tflite/op_context.h"
#include "ops/detect/nms.h"
#include "ops/detect/post_process.h"

namespace slipway::formats {
namespace {

Result<void> non_max_suppression(OpContext& context) {
  // The fourth version has no sigma, and no scores among its outputs.
  return context.emit(ops::NonMaxSuppressionV5{.with_scores = context.output_count() == 3},
                      SLIPWAY_TRY(context.inputs()));
}

/// The options of a custom operator: a map in FlexBuffers.
class CustomOptions {
 public:
  /// Errors  corrupt: no map
  static Result<CustomOptions> read(const tflite::Operator& op) {
    const auto* bytes = op.custom_options();
    if (bytes == nullptr || bytes->size() == 0) return fail(Code::corrupt, "no options");
    if (!flexbuffers::VerifyBuffer(bytes->data(), bytes->size()) ||
        !flexbuffers::GetRoot(bytes->data(), bytes->size()).IsMap()) {
      return fail(Code::corrupt, "options that are no map");
    }
    return CustomOptions(flexbuffers::GetRoot(bytes->data(), bytes->size()).AsMap());
  }

  // A float read as a whole number may be not-a-number.
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t otherwise) const {
    const auto value = map_[name];
    return value.IsIntOrUint() ? value.AsInt64() : otherwise;
  }

  [[nodiscard]] float real(const char* name) const {
    const auto value = map_[name];
    return value.IsNumeric() ? value.AsFloat() : 0.0F;
  }

  [[nodiscard]] bool flag(const char* name) const {
    const auto value = map_[name];
    return (value.IsBool() || value.IsIntOrUint()) && value.AsBool();
  }

 private:
  explicit CustomOptions(flexbuffers::Map map) : map_(map) {}

  flexbuffers::Map map_;
};

Result<void> detection_post_process(OpContext& context) {
  const auto options = SLIPWAY_TRY(CustomOptions::read(context.op()));
  return context.emit(
      ops::DetectionPostProcess{
          .max_detections = options.integer("max_detections", 0),
          .max_classes_per_detection = options.integer("max_classes_per_detection", 1),
          .detections_per_class = options.integer("detections_per_class", 100),
          .classes = options.integer("num_classes", 0),
          .score_threshold = options.real("nms_score_threshold"),
          .iou_threshold = options.real("nms_iou_threshold"),
          .scale = {options.real("y_scale"), options.real("x_scale"), options.real("h_scale"),
                    options.real("w_scale")},
          .regular = options.flag("use_regular_nms")},
      SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> detect_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_NON_MAX_SUPPRESSION_V4, non_max_suppression},
      {tflite::BuiltinOperator_NON_MAX_SUPPRESSION_V5, non_max_suppression},
  };
  return kRows;
}

Converter find_custom_converter(std::string_view name) {
  return name == "TFLite_Detection_PostProcess" ? detection_post_process : nullptr;
}

}  // namespace slipway::formats
