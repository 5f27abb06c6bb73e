// What ONNX has from opset 18 on.

#include "formats/onnx/write.h"
#include "ops/shape/col2im.h"
#include "ops/shape/pad.h"

namespace slipway::formats {
namespace {

Result<void> bitwise(OnnxWriter& writer) {
  writer.needs_opset(18);
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < writer.input_count(); ++i) inputs.push_back(writer.last(i));
  writer.result(0, writer.add(writer.node().op.name(), inputs));
  return {};
}

Result<void> center_crop_pad(OnnxWriter& writer) {
  writer.needs_opset(18);
  if (writer.type(0).quant) return fail(Code::unsupported, "ONNX has no operator for zero points");
  // Where all sizes are known, all are given: ONNX Runtime misreads some lists of axes.
  if (const auto& y = writer.output_type(0).shape; y.is_known() && writer.known(1) != nullptr) {
    const auto sizes = writer.indices({y.begin(), y.end()});
    writer.result(0, writer.add("CenterCropPad", {writer.last(0), sizes}));
    return {};
  }
  const auto& axes = writer.as<ops::CenterCropPad>().axes;
  OnnxAttributes attributes;
  if (!axes.empty()) attributes.emplace_back("axes", axes);
  writer.result(0, writer.add("CenterCropPad", {writer.last(0), writer.index(1, 1)}, attributes));
  return {};
}

Result<void> col2im(OnnxWriter& writer) {
  writer.needs_opset(18);
  const auto& op = writer.as<ops::Col2Im>();
  OnnxAttributes attributes;
  if (!op.strides.empty()) attributes.emplace_back("strides", op.strides);
  if (!op.dilations.empty()) attributes.emplace_back("dilations", op.dilations);
  if (!op.pads.empty()) attributes.emplace_back("pads", op.pads);
  writer.result(0, writer.add("Col2Im", {writer.last(0), writer.index(1, 1), writer.index(2, 1)},
                              attributes));
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_newer() {
  static constexpr OnnxWriteRow kRows[] = {
      {"BitwiseAnd", "", bitwise, never},
      {"BitwiseNot", "", bitwise, never},
      {"BitwiseOr", "", bitwise, never},
      {"BitwiseXor", "", bitwise, never},
      {"CenterCropPad", "axes", center_crop_pad, never},
      {"Col2Im", "strides dilations pads", col2im},
  };
  return kRows;
}

}  // namespace slipway::formats
