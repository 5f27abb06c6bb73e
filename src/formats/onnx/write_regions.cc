// Pictures looked up at places and in regions, and boxes that compete.

#include "formats/onnx/write.h"
#include "ops/detect/nms.h"
#include "ops/detect/roi.h"
#include "ops/resize/grid_sample.h"

namespace slipway::formats {
namespace {

Result<void> grid_sample(OnnxWriter& writer) {
  const auto& op = writer.as<ops::GridSample>();
  if (writer.type(0).shape.rank() != 4)
    return fail(Code::unsupported, "ONNX has no operator for places in {} dimensions",
                writer.type(0).shape.rank() - 2);
  const std::string mode = op.method == Interpolation::nearest  ? "nearest"
                           : op.method == Interpolation::linear ? "bilinear"
                                                                : "bicubic";
  writer.result_first(0, writer.add("GridSample", {writer.first(0), writer.last(1)},
                                    {{"mode", mode},
                                     {"padding_mode", std::string(name_of(op.padding))},
                                     {"align_corners", op.align_corners ? 1 : 0}}));
  return {};
}

Result<void> roi_align(OnnxWriter& writer) {
  const auto& op = writer.as<ops::RoiAlign>();
  if (op.method == RoiMethod::peak)
    return fail(Code::unsupported,
                "the largest of a region's samples, which ONNX has no operator for");
  const std::string mode = op.method == RoiMethod::maximum ? "max" : "avg";
  const std::string places = op.half_pixel ? "half_pixel" : "output_half_pixel";
  writer.result_first(0,
                      writer.add("RoiAlign", {writer.first(0), writer.last(1), writer.index(2, 1)},
                                 {{"mode", mode},
                                  {"output_height", op.height},
                                  {"output_width", op.width},
                                  {"sampling_ratio", op.samples},
                                  {"spatial_scale", op.scale},
                                  {"coordinate_transformation_mode", places}}));
  return {};
}

Result<void> max_roi_pool(OnnxWriter& writer) {
  const auto& op = writer.as<ops::MaxRoiPool>();
  const std::vector<std::int64_t> shape = {op.height, op.width};
  writer.result_first(0, writer.add("MaxRoiPool", {writer.first(0), writer.last(1)},
                                    {{"pooled_shape", shape}, {"spatial_scale", op.scale}}));
  return {};
}

Result<void> non_max_suppression(OnnxWriter& writer) {
  std::vector<std::string> inputs = {writer.last(0), writer.last(1)};
  for (std::size_t i = 2; i < std::min<std::size_t>(writer.input_count(), 5); ++i) {
    if (!writer.has(i)) {
      inputs.emplace_back();
    } else if (i == 2) {
      inputs.push_back(writer.index(i, 1));
    } else {
      inputs.push_back(writer.type(i).shape.rank() == 1 ? writer.last(i)
                                                        : writer.reshape(writer.last(i), {1}));
    }
  }
  const bool from_centre = writer.as<ops::NonMaxSuppression>().from_centre;
  writer.result(
      0, writer.add("NonMaxSuppression", inputs, {{"center_point_box", from_centre ? 1 : 0}}));
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_regions() {
  static constexpr OnnxWriteRow kRows[] = {
      {"GridSample", "method padding align_corners", grid_sample},
      {"MaxRoiPool", "height width scale", max_roi_pool},
      {"NonMaxSuppression", "from_centre", non_max_suppression},
      {"RoiAlign", "height width samples scale half_pixel method", roi_align},
  };
  return kRows;
}

}  // namespace slipway::formats
