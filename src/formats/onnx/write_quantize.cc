// From one element type to another.

#include <cmath>

#include "formats/onnx/write.h"
#include "ops/quant/quantize.h"

namespace slipway::formats {
namespace {

bool always(const OnnxWriter&) { return true; }

/// The function around it has the scales.
Result<void> pass_on(OnnxWriter& writer) {
  writer.result(0, writer.last(0));
  return {};
}

Result<void> dequantize(OnnxWriter& writer) {
  writer.result(0, writer.cast(writer.last(0), writer.type(0).dtype, DType::f32));
  return {};
}

/// Casts of real numbers to narrow types wrap or saturate, as each tool likes; through a wider type
/// they saturate as ours do.
Result<void> cast(OnnxWriter& writer) {
  const DType from = writer.type(0).dtype;
  const DType to = writer.as<ops::Cast>().to;
  writer.elementwise(
      [&](const std::vector<std::string>& in) {
        const DType given = computed_in(from);
        return writer.cast(in[0], given, to);
      },
      false);
  return {};
}

Result<void> fake_quant(OnnxWriter& writer) {
  const auto& op = writer.as<ops::FakeQuant>();
  const float least = op.narrow_range ? 1.0F : 0.0F;
  const auto most = static_cast<float>((std::int64_t{1} << op.bits) - 1);
  const float scale = (op.max - op.min) / (most - least);
  const float from_min = least - op.min / scale;
  const float zero = from_min < least ? least : from_min > most ? most : std::round(from_min);
  const auto real = [&](float value) {
    return writer.number(DType::f32, static_cast<double>(value));
  };
  writer.elementwise([&](const std::vector<std::string>& in) {
    const float low = (least - zero) * scale;
    const auto cut = writer.clamp(in[0], DType::f32, low, (most - zero) * scale);
    const auto above = writer.add("Sub", {cut, real(low)});
    const auto steps = writer.add("Add", {writer.add("Div", {above, real(scale)}), real(0.5F)});
    const auto whole = writer.add("Mul", {writer.add("Floor", {steps}), real(scale)});
    return writer.add("Add", {whole, real(low)});
  });
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_quantize() {
  static constexpr OnnxWriteRow kRows[] = {
      {"Cast", "to", cast, never},
      {"Dequantize", "", dequantize},
      {"FakeQuant", "min max bits narrow_range", fake_quant, always, never},
      {"Quantize", "to", pass_on, always, never},
  };
  return kRows;
}

}  // namespace slipway::formats
