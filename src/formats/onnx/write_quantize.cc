// From one element type to another.

#include <cmath>

#include "formats/onnx/write.h"
#include "ops/quant/fake_quantize.h"
#include "ops/quant/quantize.h"

namespace slipway::formats {
namespace {

bool always(const OnnxWriter&) { return true; }

/// Scales that are inputs are those of ONNX's operators, in blocks only from opset 21 on.
template <class T>
Result<void> with_scales(OnnxWriter& writer, std::string_view name) {
  const auto& op = writer.as<T>();
  if (op.block != 0) return fail(Code::unsupported, "blocks, which ONNX has from opset 21 on");
  const auto narrow = [](DType dtype) { return dtype == DType::i8 || dtype == DType::u8; };
  const bool quantizes = std::is_same_v<T, ops::Quantize>;
  const DType steps = quantizes ? writer.output_type(0).dtype : writer.type(0).dtype;
  const bool fits = narrow(steps) || (!quantizes && steps == DType::i32);
  if (!fits) {
    return fail(Code::unsupported, "{} and scales, which ONNX has from opset 21 on",
                name_of(steps));
  }
  std::vector<std::string> inputs = {writer.last(0), writer.last(1)};
  if (writer.has(2)) inputs.push_back(writer.last(2));
  OnnxAttributes attributes;
  if (writer.type(1).shape.rank() == 1) attributes.emplace_back("axis", op.axis);
  writer.result(0, writer.add(name, inputs, attributes));
  return {};
}

/// With the scale of a type among the inputs, as files of other tools have it.
void with_scale_of(OnnxWriter& writer, std::string_view name, const TensorType& type) {
  const auto& quant = *type.quant;
  const bool first = writer.lies_first(0);
  const auto zero = static_cast<double>(quant.zero_point[0]);
  const auto y = writer.add(name, {first ? writer.first(0) : writer.last(0),
                                   writer.constant(Tensor::of<float>({}, {quant.scale[0]})),
                                   writer.number(type.dtype, zero)});
  if (first) {
    writer.result_first(0, y);
  } else {
    writer.result(0, y);
  }
}

bool makes_pair(const OnnxWriter& writer) { return writer.is_pair(writer.output(0)); }

bool ends_pair(const OnnxWriter& writer) { return writer.is_pair(writer.node().inputs[0]); }

/// Without scales among its inputs, the function around it has them.
Result<void> quantize(OnnxWriter& writer) {
  if (writer.has(1)) return with_scales<ops::Quantize>(writer, "QuantizeLinear");
  if (!writer.in_function() && makes_pair(writer)) {
    with_scale_of(writer, "QuantizeLinear", writer.output_type(0));
    return {};
  }
  writer.result(0, writer.last(0));
  return {};
}

Result<void> dequantize(OnnxWriter& writer) {
  if (writer.has(1)) return with_scales<ops::Dequantize>(writer, "DequantizeLinear");
  if (!writer.in_function() && ends_pair(writer)) {
    with_scale_of(writer, "DequantizeLinear", writer.stated_type(0));
    return {};
  }
  writer.result(0, writer.cast(writer.last(0), writer.type(0).dtype, DType::f32));
  return {};
}

bool has_own_scale(const OnnxWriter& writer) { return !writer.has(1); }

/// Rounding halves away from zero is not ONNX's way.
bool rounds_to_even(const OnnxWriter& writer) {
  return writer.has(1) && writer.node().op.as<ops::Quantize>()->halves_to_even;
}

Result<void> dynamic_quantize(OnnxWriter& writer) {
  const auto names = writer.add_all("DynamicQuantizeLinear", {writer.last(0)}, {}, 3);
  for (std::size_t i = 0; i < names.size(); ++i) writer.result(i, names[i]);
  return {};
}

/// The types around it say all.
Result<void> reinterpret(OnnxWriter& writer) {
  writer.result(0, writer.last(0));
  return {};
}

/// Casts of real numbers to narrow types wrap or saturate, as each tool likes; through a wider type
/// they saturate as ours do.
Result<void> cast(OnnxWriter& writer) {
  const DType from = writer.type(0).dtype;
  const DType to = writer.as<ops::Cast>().to;
  writer.elementwise(
      [&](const std::vector<std::string>& in) {
        const DType given = elementwise_in(from);
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

/// A step of an input range, taken in an output range; both are tensors.
Result<void> fake_quantize(OnnxWriter& writer) {
  const auto levels = static_cast<double>(writer.as<ops::FakeQuantize>().levels);
  writer.elementwise([&](const std::vector<std::string>& in) {
    const auto steps = writer.number(DType::f32, levels - 1);
    const auto width = writer.add("Sub", {in[2], in[1]});
    const auto part = writer.add("Div", {writer.add("Sub", {in[0], in[1]}), width});
    const auto step =
        writer.add("Div", {writer.add("Round", {writer.add("Mul", {part, steps})}), steps});
    const auto moved =
        writer.add("Add", {writer.add("Mul", {step, writer.add("Sub", {in[4], in[3]})}), in[3]});
    const auto low = writer.add("LessOrEqual", {in[0], writer.add("Min", {in[1], in[2]})});
    const auto high = writer.add("Greater", {in[0], writer.add("Max", {in[1], in[2]})});
    const auto inside = writer.add("Where", {high, in[4], moved});
    return writer.add("Where", {low, in[3], inside});
  });
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_quantize() {
  static constexpr OnnxWriteRow kRows[] = {
      {"Cast", "to", cast, never},
      {"Dequantize", "axis block", dequantize, has_own_scale, always, -1, ends_pair},
      {"DynamicQuantize", "", dynamic_quantize},
      {"FakeQuant", "min max bits narrow_range", fake_quant, always, never},
      {"FakeQuantize", "levels", fake_quantize, always, never},
      {"Quantize", "to axis block halves_to_even", quantize, has_own_scale, rounds_to_even, -1,
       makes_pair},
      {"Reinterpret", "", reinterpret, never, never},
  };
  return kRows;
}

}  // namespace slipway::formats
