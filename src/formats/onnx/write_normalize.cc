// Probabilities, and dividing by the size of the neighbours along the channels.

#include "formats/onnx/write.h"
#include "ops/normalize/normalize.h"
#include "ops/normalize/softmax.h"
#include "ops/normalize/statistics.h"

namespace slipway::formats {
namespace {

bool always(const OnnxWriter&) { return true; }

std::string real(OnnxWriter& writer, float value) {
  return writer.number(DType::f32, static_cast<double>(value));
}

Result<void> softmax(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Softmax>();
  const DType dtype = writer.type(0).dtype;
  auto x = writer.cast(writer.last(0), dtype, computed_in(dtype));
  if (op.beta != 1.0F) {
    const auto beta = writer.number(computed_in(dtype), static_cast<double>(op.beta));
    x = writer.add("Mul", {x, beta});
  }
  auto y = writer.add("Softmax", {x}, {{"axis", op.axis}});
  if (op.wide) {
    // TensorFlow Lite spreads 0..1 over all 16 bits, whatever the scale it states.
    const auto number = [&](double value) { return writer.number(DType::f32, value); };
    y = writer.add("Sub", {writer.add("Mul", {y, number(2)}), number(1)});
  }
  writer.result(0, writer.cast(y, computed_in(dtype), dtype));
  return {};
}

bool has_no_beta(const OnnxWriter& writer) {
  return writer.node().op.as<ops::Softmax>()->beta == 1.0F;
}

Result<void> log_softmax(OnnxWriter& writer) {
  const DType dtype = writer.type(0).dtype;
  const auto x = writer.cast(writer.last(0), dtype, computed_in(dtype));
  const auto y = writer.add("LogSoftmax", {x}, {{"axis", writer.as<ops::LogSoftmax>().axis}});
  writer.result(0, writer.cast(y, computed_in(dtype), dtype));
  return {};
}

Result<void> l2_normalization(OnnxWriter& writer) {
  const auto x = writer.last(0);
  const auto size = writer.reduced("ReduceL2", x, {-1}, true);
  writer.result(0, writer.add("Div", {x, writer.add("Max", {size, real(writer, 1e-6F)})}));
  return {};
}

/// ONNX divides alpha by the size. Its operator wants channels at dimension 1 and some behind.
Result<void> lrn(OnnxWriter& writer) {
  const auto& op = writer.as<ops::LocalResponseNormalization>();
  const auto rank = writer.type(0).shape.rank();
  if (op.radius > 1'000'000) return fail(Code::unsupported, "a radius of {}", op.radius);
  const std::int64_t size = 2 * op.radius + 1;
  const OnnxAttributes attributes = {{"alpha", op.alpha * static_cast<float>(size)},
                                     {"beta", op.beta},
                                     {"bias", op.bias},
                                     {"size", size}};
  if (rank == 4) {
    writer.result_first(0, writer.add("LRN", {writer.first(0)}, attributes));
    return {};
  }
  // Other ranks become pictures of one place each.
  const auto& shape = writer.type(0).shape;
  if (!shape.is_known()) return fail(Code::unsupported, "a size that is only known when it runs");
  const auto places = writer.reshape(writer.last(0), {-1, shape.back(0), 1, 1});
  writer.result(0, writer.reshape(writer.add("LRN", {places}, attributes),
                                  std::vector<std::int64_t>(shape.begin(), shape.end())));
  return {};
}

/// Where scale and bias have the type of x, as all that ONNX Runtime takes.
bool are_f32(const OnnxWriter& writer) {
  for (std::size_t i = 0; i < writer.input_count(); ++i) {
    if (writer.has(i) && writer.type(i).dtype != DType::f32) return false;
  }
  return true;
}

Result<void> batch_normalization(OnnxWriter& writer) {
  if (!are_f32(writer)) return fail(Code::unsupported, "ONNX has no operator for these types");
  std::vector<std::string> inputs = {writer.first(0)};
  for (std::size_t i = 1; i < 5; ++i) inputs.push_back(writer.last(i));
  const float epsilon = writer.as<ops::BatchNormalization>().epsilon;
  writer.result_first(0, writer.add("BatchNormalization", inputs, {{"epsilon", epsilon}}));
  return {};
}

/// ONNX 17 has one group per channel only. Others become channels of their own, whose scale and
/// bias come afterwards.
Result<void> group_normalization(OnnxWriter& writer) {
  const auto& op = writer.as<ops::GroupNormalization>();
  if (!are_f32(writer)) return fail(Code::unsupported, "ONNX has no operator for these types");
  const auto& shape = writer.type(0).shape;
  const OnnxAttributes attributes = {{"epsilon", op.epsilon}};
  if (op.groups == 0) {
    const auto y = writer.add("InstanceNormalization",
                              {writer.first(0), writer.last(1), writer.last(2)}, attributes);
    writer.result_first(0, y);
    return {};
  }
  if (!shape.is_known() || shape.elements() == 0)
    return fail(Code::unsupported, "a size that is only known when it runs");
  const auto x = writer.reshape(writer.first(0), {shape[0], op.groups, -1});
  const Shape groups = {op.groups};
  const auto count = static_cast<std::size_t>(op.groups);
  const auto ones = writer.constant(Tensor::of(groups, std::vector<float>(count, 1)));
  const auto zeros = writer.constant(Tensor::of(groups, std::vector<float>(count, 0)));
  const auto even = writer.add("InstanceNormalization", {x, ones, zeros}, attributes);
  std::vector<std::int64_t> dims = {shape[0], shape.back(0)};
  dims.insert(dims.end(), shape.begin() + 1, shape.end() - 1);
  std::vector<std::int64_t> per_channel(shape.rank() - 1, 1);
  per_channel[0] = shape.back(0);
  const auto scale = writer.reshape(writer.last(1), per_channel);
  const auto bias = writer.reshape(writer.last(2), per_channel);
  const auto y = writer.add("Mul", {writer.reshape(even, dims), scale});
  writer.result_first(0, writer.add("Add", {y, bias}));
  return {};
}

bool has_no_groups(const OnnxWriter& writer) {
  return writer.node().op.as<ops::GroupNormalization>()->groups == 0;
}

/// Divided by the root of the mean square, of which ONNX has an operator from opset 23 on.
Result<void> rms_normalization(OnnxWriter& writer) {
  const auto& op = writer.as<ops::LayerNormalization>();
  if (op.statistics) return fail(Code::unsupported, "ONNX has no operator for such statistics");
  const auto rank = static_cast<std::int64_t>(writer.type(0).shape.rank());
  std::vector<std::int64_t> axes;
  for (auto axis = op.axis < 0 ? op.axis + rank : op.axis; axis < rank; ++axis)
    axes.push_back(axis);
  const auto x = writer.last(0);
  const auto mean = writer.reduced("ReduceMean", writer.add("Mul", {x, x}), axes, true);
  const auto root = writer.add("Sqrt", {writer.add("Add", {mean, real(writer, op.epsilon)})});
  auto y = writer.add("Mul", {writer.add("Div", {x, root}), writer.last(1)});
  if (writer.has(2)) y = writer.add("Add", {y, writer.last(2)});
  writer.result(0, y);
  return {};
}

bool is_centred(const OnnxWriter& writer) {
  return writer.node().op.as<ops::LayerNormalization>()->centred;
}

Result<void> layer_normalization(OnnxWriter& writer) {
  const auto& op = writer.as<ops::LayerNormalization>();
  if (!are_f32(writer)) return fail(Code::unsupported, "ONNX has no operator for these types");
  if (!op.centred) return rms_normalization(writer);
  std::vector<std::string> inputs = {writer.last(0), writer.last(1)};
  if (writer.has(2)) inputs.push_back(writer.last(2));
  const auto names =
      writer.add_all("LayerNormalization", inputs, {{"axis", op.axis}, {"epsilon", op.epsilon}},
                     writer.output_count());
  for (std::size_t i = 0; i < names.size(); ++i) writer.result(i, names[i]);
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_normalize() {
  static constexpr OnnxWriteRow kRows[] = {
      {"BatchNormalization", "epsilon", batch_normalization},
      {"GroupNormalization", "groups epsilon", group_normalization, always, has_no_groups},
      {"L2Normalization", "", l2_normalization, always, never},
      {"LayerNormalization", "axis epsilon centred statistics", layer_normalization, always,
       is_centred},
      {"LocalResponseNormalization", "radius bias alpha beta", lrn, always, never},
      {"LogSoftmax", "axis", log_softmax},
      {"Softmax", "beta wide axis", softmax, always, has_no_beta},
  };
  return kRows;
}

}  // namespace slipway::formats
