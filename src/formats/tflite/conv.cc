// Convolutions, pools and dense layers: filters come as (out, spatial…, in) and leave as
// (spatial…, in, out).

#include "ops/conv/conv.h"

#include <algorithm>

#include "formats/tflite/op_context.h"
#include "ops/conv/conv_transpose.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/fully_connected.h"
#include "ops/pool/pool.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

/// x, the filter with its dimensions in another order, and the bias if there is one.
Result<std::vector<ValueId>> with_filter(OpContext& context, std::vector<std::int64_t> perm) {
  auto inputs = SLIPWAY_TRY(context.inputs());
  if (inputs.size() < 2 || inputs.size() > 3)
    return fail(Code::corrupt, "{} inputs", inputs.size());
  inputs[1] = SLIPWAY_TRY(context.helper(ops::Transpose{std::move(perm)}, {inputs[1]}, "filter"));
  if (inputs.size() == 3 && !inputs[2].exists()) inputs.pop_back();
  return inputs;
}

/// Grouped weights, and those with different scales, meet activations spread over the whole range,
/// others symmetric ones.
DynamicRange dynamic_range(const TensorType& w, std::int64_t group) {
  if (!w.quant) return DynamicRange::symmetric;
  const auto& scale = w.quant->scale;
  const bool differ =
      std::any_of(scale.begin(), scale.end(), [&](float s) { return s != scale[0]; });
  return differ || group != 1 ? DynamicRange::asymmetric : DynamicRange::symmetric;
}

Result<void> conv_2d(OpContext& context) {
  const auto& options = context.options<tflite::Conv2DOptions>();
  auto inputs = SLIPWAY_TRY(with_filter(context, {1, 2, 3, 0}));
  const auto& x = context.type(inputs[0]).shape;
  const auto& w = context.type(inputs[1]).shape;
  const auto activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  ops::Conv conv{.stride = {options.stride_h(), options.stride_w()},
                 .dilation = {options.dilation_h_factor(), options.dilation_w_factor()},
                 .padding = padding_of(options.padding()),
                 .activation = activation};
  if (x.rank() == 4 && w.rank() == 4 && w[2] > 0 && x[3] % w[2] == 0) conv.group = x[3] / w[2];
  conv.dynamic_range = dynamic_range(context.type(inputs[1]), conv.group);
  // The order of two float products matters: the next layer rounds what comes out to integers.
  conv.scales_in_turn = conv.group == 1 && conv.dynamic_range == DynamicRange::asymmetric;
  return context.emit(conv, std::move(inputs));
}

Result<void> depthwise_conv_2d(OpContext& context) {
  const auto& options = context.options<tflite::DepthwiseConv2DOptions>();
  // The filter comes as (1, height, width, out): depthwise is one input channel per group.
  auto inputs = SLIPWAY_TRY(with_filter(context, {1, 2, 0, 3}));
  const auto& x = context.type(inputs[0]).shape;
  if (x.rank() != 4) return fail(Code::invalid_input, "an input of shape {}", x.text());
  const auto activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  ops::Conv conv{.stride = {options.stride_h(), options.stride_w()},
                 .dilation = {options.dilation_h_factor(), options.dilation_w_factor()},
                 .padding = padding_of(options.padding()),
                 .group = x[3],
                 .activation = activation,
                 .dynamic_range = DynamicRange::asymmetric,
                 .scales_in_turn = x[3] == 1};
  return context.emit(conv, std::move(inputs));
}

Result<void> transpose_conv(OpContext& context) {
  const auto& options = context.options<tflite::TransposeConvOptions>();
  // Inputs: the output's shape, the filter, x, and in newer files a bias.
  const auto shape = SLIPWAY_TRY(context.integers(0));
  if (shape.size() != 4)
    return fail(Code::invalid_input, "an output shape of {} numbers", shape.size());
  const auto filter = SLIPWAY_TRY(context.input(1));
  std::vector<ValueId> inputs = {
      SLIPWAY_TRY(context.input(2)),
      SLIPWAY_TRY(context.helper(ops::Transpose{{1, 2, 3, 0}}, {filter}, "filter"))};
  if (context.has(3)) inputs.push_back(SLIPWAY_TRY(context.input(3)));
  const auto activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  const ops::ConvTranspose conv{.stride = {options.stride_h(), options.stride_w()},
                                .output_shape = {shape[1], shape[2]},
                                .padding = padding_of(options.padding()),
                                .activation = activation};
  return context.emit(conv, std::move(inputs));
}

Result<void> fully_connected(OpContext& context) {
  const auto& options = context.options<tflite::FullyConnectedOptions>();
  if (options.weights_format() != tflite::FullyConnectedOptionsWeightsFormat_DEFAULT) {
    return fail(Code::unsupported, "weights shuffled for one kind of processor");
  }
  auto inputs = SLIPWAY_TRY(with_filter(context, {1, 0}));
  const auto& x = context.type(inputs[0]).shape;
  const auto& w = context.type(inputs[1]).shape;
  if (!options.keep_num_dims() && !(x.rank() == 2 && x[1] == w[0])) {
    const auto shape = context.constant("rows", Tensor::of<std::int64_t>({2}, {-1, w[0]}));
    inputs[0] = SLIPWAY_TRY(context.helper(ops::Reshape{}, {inputs[0], shape}, "flat"));
  }
  const auto activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  const auto range =
      options.asymmetric_quantize_inputs() ? DynamicRange::asymmetric : DynamicRange::symmetric;
  const ops::FullyConnected op{
      .activation = activation, .rounding = Rounding::real, .dynamic_range = range};
  return context.emit(op, std::move(inputs));
}

Result<void> batch_matmul(OpContext& context) {
  const auto& options = context.options<tflite::BatchMatMulOptions>();
  return context.emit(
      ops::BatchMatMul{.transpose_a = options.adj_x(), .transpose_b = options.adj_y()},
      SLIPWAY_TRY(context.inputs()));
}

template <class Pool>
Result<void> pool_2d(OpContext& context) {
  const auto& options = context.options<tflite::Pool2DOptions>();
  Pool pool;
  pool.kernel = {options.filter_height(), options.filter_width()};
  pool.stride = {options.stride_h(), options.stride_w()};
  pool.padding = padding_of(options.padding());
  pool.activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()));
  if constexpr (requires { pool.mean; }) pool.mean = true;
  return context.emit(pool, SLIPWAY_TRY(context.inputs()));
}

}  // namespace

std::span<const ConverterRow> conv_converters() {
  static constexpr ConverterRow kRows[] = {
      {tflite::BuiltinOperator_AVERAGE_POOL_2D, pool_2d<ops::AveragePool>},
      {tflite::BuiltinOperator_BATCH_MATMUL, batch_matmul},
      {tflite::BuiltinOperator_CONV_2D, conv_2d},
      {tflite::BuiltinOperator_DEPTHWISE_CONV_2D, depthwise_conv_2d},
      {tflite::BuiltinOperator_FULLY_CONNECTED, fully_connected},
      {tflite::BuiltinOperator_L2_POOL_2D, pool_2d<ops::LpPool>},
      {tflite::BuiltinOperator_MAX_POOL_2D, pool_2d<ops::MaxPool>},
      {tflite::BuiltinOperator_TRANSPOSE_CONV, transpose_conv},
  };
  return kRows;
}

}  // namespace slipway::formats
