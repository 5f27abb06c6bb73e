// Boxes and their suppression; places in pictures that tensors name.

#include "formats/onnx/node.h"
#include "ops/detect/nms.h"
#include "ops/detect/roi.h"
#include "ops/resize/grid_sample.h"

namespace slipway::formats {
namespace {

Result<void> non_max_suppression(OnnxNode& node) {
  const bool from_centre = SLIPWAY_TRY(node.integer("center_point_box", 0)) != 0;
  return node.emit(ops::NonMaxSuppression{from_centre}, SLIPWAY_TRY(node.inputs()));
}

Result<void> roi_align(OnnxNode& node) {
  ops::RoiAlign op;
  op.height = SLIPWAY_TRY(node.integer("output_height", 1));
  op.width = SLIPWAY_TRY(node.integer("output_width", 1));
  op.samples = SLIPWAY_TRY(node.integer("sampling_ratio", 0));
  op.scale = SLIPWAY_TRY(node.number("spatial_scale", 1));
  const auto before = node.version() < 16 ? "output_half_pixel" : "half_pixel";
  const auto coordinates = SLIPWAY_TRY(node.text("coordinate_transformation_mode", before));
  if (coordinates != "half_pixel" && coordinates != "output_half_pixel")
    return fail(Code::unsupported, "coordinates '{}'", coordinates);
  op.half_pixel = coordinates == "half_pixel";
  const auto mode = SLIPWAY_TRY(node.text("mode", "avg"));
  if (mode != "avg" && mode != "max") return fail(Code::unsupported, "the mode '{}'", mode);
  if (mode == "max") op.method = RoiMethod::maximum;
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (!inputs.empty()) inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> max_roi_pool(OnnxNode& node) {
  const auto shape = SLIPWAY_TRY(node.integer_list("pooled_shape"));
  if (shape.size() != 2)
    return fail(Code::invalid_input, "a pooled_shape of {} numbers", shape.size());
  const ops::MaxRoiPool op{shape[0], shape[1], SLIPWAY_TRY(node.number("spatial_scale", 1))};
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (!inputs.empty()) inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> grid_sample(OnnxNode& node) {
  ops::GridSample op;
  const auto mode = SLIPWAY_TRY(node.text("mode", "linear"));
  if (mode == "nearest") {
    op.method = Interpolation::nearest;
  } else if (mode == "cubic" || mode == "bicubic") {
    op.method = Interpolation::cubic;
  } else if (mode != "linear" && mode != "bilinear") {
    return fail(Code::unsupported, "the mode '{}'", mode);
  }
  const auto padding = SLIPWAY_TRY(node.text("padding_mode", "zeros"));
  SLIPWAY_TRY(field::parse(padding, op.padding).during("the attribute 'padding_mode'"));
  op.align_corners = SLIPWAY_TRY(node.integer("align_corners", 0)) != 0;
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (!inputs.empty()) inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return node.emit_channels_last(op, std::move(inputs));
}

}  // namespace

std::span<const OnnxRow> onnx_detect() {
  static constexpr OnnxRow kRows[] = {
      {"GridSample", grid_sample},
      {"MaxRoiPool", max_roi_pool},
      {"NonMaxSuppression", non_max_suppression},
      {"RoiAlign", roi_align},
  };
  return kRows;
}

}  // namespace slipway::formats
