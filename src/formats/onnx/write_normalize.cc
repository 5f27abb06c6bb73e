// Probabilities, and dividing by the size of the neighbours along the channels.

#include "formats/onnx/write.h"
#include "ops/normalize/normalize.h"
#include "ops/normalize/softmax.h"

namespace slipway::formats {
namespace {

bool always(const OnnxWriter&) { return true; }

std::string real(OnnxWriter& writer, float value) {
  return writer.number(DType::f32, static_cast<double>(value));
}

Result<void> softmax(OnnxWriter& writer) {
  const float beta = writer.as<ops::Softmax>().beta;
  auto x = writer.last(0);
  if (beta != 1.0F) x = writer.add("Mul", {x, real(writer, beta)});
  writer.result(0, writer.add("Softmax", {x}, {{"axis", -1}}));
  return {};
}

bool has_no_beta(const OnnxWriter& writer) {
  return writer.node().op.as<ops::Softmax>()->beta == 1.0F;
}

Result<void> log_softmax(OnnxWriter& writer) {
  writer.result(0, writer.add("LogSoftmax", {writer.last(0)}, {{"axis", -1}}));
  return {};
}

Result<void> l2_normalization(OnnxWriter& writer) {
  const auto x = writer.last(0);
  const auto size = writer.add("ReduceL2", {x}, {{"axes", std::vector<std::int64_t>{-1}}});
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

}  // namespace

std::span<const OnnxWriteRow> onnx_write_normalize() {
  static constexpr OnnxWriteRow kRows[] = {
      {"L2Normalization", "", l2_normalization, always, never},
      {"LocalResponseNormalization", "radius bias alpha beta", lrn, always, never},
      {"LogSoftmax", "", log_softmax, always, never},
      {"Softmax", "beta wide", softmax, always, has_no_beta},
  };
  return kRows;
}

}  // namespace slipway::formats
