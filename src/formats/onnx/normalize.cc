// Softmax and its kin, and what moves elements to mean 0 and variance 1.

#include "ops/normalize/normalize.h"

#include "formats/onnx/node.h"
#include "formats/onnx/numbers.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/normalize/softmax.h"
#include "ops/normalize/statistics.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/fill.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

/// Rows of everything from `axis` on, as [..., -1]; at most one dimension may be unknown.
Result<ValueId> as_rows(OnnxNode& node, ValueId x, std::size_t axis) {
  const auto& shape = node.type(x).shape;
  std::int64_t length = 1;
  for (std::size_t i = axis; i < shape.rank(); ++i) {
    if (shape[i] == Shape::kUnknown)
      return fail(Code::unsupported, "rows of {} from axis {} on", shape.text(), axis);
    length *= shape[i];
  }
  std::int64_t count = 1;
  for (std::size_t i = 0; i < axis; ++i) count = shape[i] < 0 || count < 0 ? -1 : count * shape[i];
  return reshaped(node, x, {count, length}, "rows");
}

/// Softmax, LogSoftmax and Hardmax. Before version 13 they took all dimensions from the axis on as
/// one.
template <class Make>
Result<void> along_axis(OnnxNode& node, Make make) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto shape = node.type(x).shape;
  const bool old = node.version() < 13;
  const auto given = SLIPWAY_TRY(node.integer("axis", old ? 1 : -1));
  // A vector has no axis 1; all of it is then one row, as files are written that way.
  const bool beyond = old && given == 1 && shape.rank() == 1;
  const std::size_t axis = beyond ? 0 : SLIPWAY_TRY(checked_axis(given, shape.rank()));
  bool single = true;
  for (std::size_t i = axis + 1; i < shape.rank(); ++i) single = single && shape[i] == 1;
  if (!old || single) {
    const auto ready = SLIPWAY_TRY(make(x, static_cast<std::int64_t>(axis)));
    return node.emit(ready.first, ready.second);
  }
  int unknown = 0;
  std::vector<std::int64_t> dims(shape.begin(), shape.end());
  for (const auto dim : dims) unknown += dim < 0 ? 1 : 0;
  if (unknown > 1)
    return fail(Code::unsupported, "rows of {}: several unknown dimensions", shape.text());
  const auto rows = SLIPWAY_TRY(as_rows(node, x, axis));
  const auto ready = SLIPWAY_TRY(make(rows, std::int64_t{1}));
  const auto y = SLIPWAY_TRY(node.helper(ready.first, ready.second, "of_rows"));
  const auto back = Tensor::of<std::int64_t>({static_cast<std::int64_t>(dims.size())}, dims);
  return node.emit(ops::Reshape{}, {y, node.constant("shape", back)});
}

using Ready = std::pair<AnyOp, std::vector<ValueId>>;

template <class Op>
Result<void> softmax(OnnxNode& node) {
  return along_axis(node, [](ValueId x, std::int64_t axis) -> Result<Ready> {
    Op op;
    op.axis = axis;
    return Ready{op, {x}};
  });
}

/// 1 where the first of the largest elements is, 0 elsewhere.
Result<void> hardmax(OnnxNode& node) {
  return along_axis(node, [&](ValueId x, std::int64_t axis) -> Result<Ready> {
    const auto type = node.type(x);
    const std::int64_t depth = type.shape[static_cast<std::size_t>(axis)];
    if (depth < 0 || depth > INT32_MAX)
      return fail(Code::unsupported, "{} elements along axis {}", depth, axis);
    const auto index = SLIPWAY_TRY(node.helper(ops::ArgMax{.axis = axis}, {x}, "largest"));
    const auto count = node.constant("depth", scalar(DType::i32, static_cast<double>(depth)));
    const auto on = node.constant("on", scalar(type.dtype, 1));
    const auto off = node.constant("off", scalar(type.dtype, 0));
    return Ready{ops::OneHot{.axis = axis}, {index, count, on, off}};
  });
}

Result<void> batch_normalization(OnnxNode& node) {
  node.ignore("momentum");
  if (node.version() < 6) node.ignore("consumed_inputs");
  node.ignore("is_test");
  if (SLIPWAY_TRY(node.integer("training_mode", 0)) != 0)
    return fail(Code::unsupported, "training: the statistics are those of the batch");
  if (SLIPWAY_TRY(node.integer("spatial", 1)) == 0)
    return fail(Code::unsupported, "statistics for each place of a picture");
  ops::BatchNormalization op;
  op.epsilon = SLIPWAY_TRY(node.number("epsilon", 1e-5F));
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.empty()) return fail(Code::invalid_input, "no inputs");
  inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> instance_normalization(OnnxNode& node) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  ops::GroupNormalization op;
  op.epsilon = SLIPWAY_TRY(node.number("epsilon", 1e-5F));
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.empty()) return fail(Code::invalid_input, "no inputs");
  inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return node.emit_channels_last(op, std::move(inputs));
}

/// One number per group as one per channel.
Result<ValueId> per_channel(OnnxNode& node, ValueId value, std::int64_t channels) {
  const auto& shape = node.type(value).shape;
  if (shape.rank() != 1 || shape[0] <= 0 || channels % shape[0] != 0) {
    return fail(Code::invalid_input, "{} numbers for groups of {} channels", shape.text(),
                channels);
  }
  const std::int64_t groups = shape[0];
  const auto column = SLIPWAY_TRY(reshaped(node, value, {groups, 1}, "groups"));
  const auto dims = Tensor::of<std::int64_t>({2}, {groups, channels / groups});
  const auto wide =
      SLIPWAY_TRY(node.helper(ops::Expand{}, {column, node.constant("shape", dims)}, "widened"));
  return reshaped(node, wide, {channels}, "per_channel");
}

Result<void> group_normalization(OnnxNode& node) {
  ops::GroupNormalization op;
  op.groups = SLIPWAY_TRY(node.integer("num_groups", 0));
  op.epsilon = SLIPWAY_TRY(node.number("epsilon", 1e-5F));
  if (SLIPWAY_TRY(node.integer("stash_type", 1)) != 1)
    return fail(Code::unsupported, "statistics that are not computed in f32");
  if (op.groups < 1) return fail(Code::invalid_input, "{} groups", op.groups);
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.size() != 3) return fail(Code::invalid_input, "{} inputs", inputs.size());
  const auto& shape = node.type(inputs[0]).shape;
  if (shape.rank() < 2 || shape[1] < 1)
    return fail(Code::unsupported, "an unknown number of channels: {}", shape.text());
  const std::int64_t channels = shape[1];
  if (node.version() < 21) {  // scale and bias were those of the groups
    for (std::size_t i = 1; i < 3; ++i)
      inputs[i] = SLIPWAY_TRY(per_channel(node, inputs[i], channels));
  }
  inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> layer_normalization(OnnxNode& node, bool centred) {
  ops::LayerNormalization op;
  op.axis = SLIPWAY_TRY(node.integer("axis", -1));
  op.epsilon = SLIPWAY_TRY(node.number("epsilon", 1e-5F));
  op.centred = centred;
  op.statistics = node.output_count() > 1;
  if (SLIPWAY_TRY(node.integer("stash_type", 1)) != 1)
    return fail(Code::unsupported, "statistics that are not computed in f32");
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> layer_norm(OnnxNode& node) { return layer_normalization(node, true); }

Result<void> rms_norm(OnnxNode& node) { return layer_normalization(node, false); }

/// x / |x|; where all elements are 0 they stay so.
Result<void> lp_normalization(OnnxNode& node) {
  const auto axis = SLIPWAY_TRY(node.integer("axis", -1));
  const auto p = SLIPWAY_TRY(node.integer("p", 2));
  if (p != 1 && p != 2) return fail(Code::unsupported, "the norm with p = {}", p);
  const auto x = SLIPWAY_TRY(node.input(0));
  AnyOp norm = ops::ReduceL2{.axes = {axis}, .keep_dims = true};
  if (p == 1) norm = ops::ReduceL1{.axes = {axis}, .keep_dims = true};
  const auto length = SLIPWAY_TRY(node.helper(norm, {x}, "length"));
  const DType dtype = node.type(x).dtype;
  const double least = dtype == DType::f16 ? 0x1p-24 : 0x1p-126;
  const auto above_zero = SLIPWAY_TRY(node.helper(
      ops::Maximum{}, {length, node.constant("least", scalar(dtype, least))}, "above_zero"));
  return node.emit(ops::Div{}, {x, above_zero});
}

Result<void> lrn(OnnxNode& node) {
  const auto size = SLIPWAY_TRY(node.integer("size", 0));
  if (size < 1) return fail(Code::invalid_input, "a size of {}", size);
  ops::LocalResponseNormalization op;
  op.radius = (size - 1) / 2;
  op.even = size % 2 == 0;
  op.alpha = SLIPWAY_TRY(node.number("alpha", 1e-4F)) / static_cast<float>(size);
  op.beta = SLIPWAY_TRY(node.number("beta", 0.75F));
  op.bias = SLIPWAY_TRY(node.number("bias", 1.0F));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  return node.emit_channels_last(op, {x});
}

/// (x - mean) / (sqrt(mean of squares - square of mean) + 1e-9), as the operator is defined.
Result<void> mean_variance_normalization(OnnxNode& node) {
  const auto axes = SLIPWAY_TRY(node.integer_list("axes", {0, 2, 3}));
  const auto x = SLIPWAY_TRY(node.input(0));
  const ops::ReduceMean average{.axes = axes, .keep_dims = true};
  const auto mean = SLIPWAY_TRY(node.helper(average, {x}, "mean"));
  const auto mean_square = SLIPWAY_TRY(node.helper(ops::Square{}, {mean}, "mean_square"));
  const auto square = SLIPWAY_TRY(node.helper(ops::Square{}, {x}, "square"));
  const auto square_mean = SLIPWAY_TRY(node.helper(average, {square}, "square_mean"));
  const auto variance =
      SLIPWAY_TRY(node.helper(ops::Sub{}, {square_mean, mean_square}, "variance"));
  const auto deviation = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {variance}, "deviation"));
  const auto least = node.constant("least", scalar(node.type(x).dtype, 1e-9));
  const auto divisor = SLIPWAY_TRY(node.helper(ops::Add{}, {deviation, least}, "divisor"));
  const auto centred = SLIPWAY_TRY(node.helper(ops::Sub{}, {x, mean}, "centred"));
  return node.emit(ops::Div{}, {centred, divisor});
}

}  // namespace

std::span<const OnnxRow> onnx_normalize() {
  static constexpr OnnxRow kRows[] = {
      {"BatchNormalization", batch_normalization},
      {"GroupNormalization", group_normalization},
      {"Hardmax", hardmax},
      {"InstanceNormalization", instance_normalization},
      {"LRN", lrn},
      {"LayerNormalization", layer_norm},
      {"LogSoftmax", softmax<ops::LogSoftmax>},
      {"LpNormalization", lp_normalization},
      {"MeanVarianceNormalization", mean_variance_normalization},
      {"RMSNormalization", rms_norm},
      {"Softmax", softmax<ops::Softmax>},
  };
  return kRows;
}

}  // namespace slipway::formats
