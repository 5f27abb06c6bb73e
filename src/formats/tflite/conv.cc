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

/// Whether a convolution of floats with these weights gives its input a zero point: where the
/// weights have different scales.
bool has_several_scales(const TensorType& w) {
  if (!w.quant) return false;
  const auto& scale = w.quant->scale;
  return std::any_of(scale.begin(), scale.end(), [&](float s) { return s != scale[0]; });
}

Result<void> conv_2d(OpContext& context) {
  const auto& options = context.options<tflite::Conv2DOptions>();
  auto inputs = SLIPWAY_TRY(with_filter(context, {1, 2, 3, 0}));
  const auto& x_type = context.type(inputs[0]);
  const auto& w_type = context.type(inputs[1]);
  const auto& x = x_type.shape;
  const auto& w = w_type.shape;
  ops::Conv conv{.stride = {options.stride_h(), options.stride_w()},
                 .dilation = {options.dilation_h_factor(), options.dilation_w_factor()},
                 .padding = padding_of(options.padding()),
                 .activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()))};
  if (x.rank() == 4 && w.rank() == 4 && w[2] > 0 && x[3] % w[2] == 0) conv.group = x[3] / w[2];
  if (x_type.dtype == DType::f32 && w_type.dtype == DType::i8)
    conv.asymmetric = conv.group != 1 || has_several_scales(w_type);
  return context.emit(conv, std::move(inputs));
}

Result<void> depthwise_conv_2d(OpContext& context) {
  const auto& options = context.options<tflite::DepthwiseConv2DOptions>();
  // The filter comes as (1, height, width, out): depthwise is one input channel per group.
  auto inputs = SLIPWAY_TRY(with_filter(context, {1, 2, 0, 3}));
  const auto& x = context.type(inputs[0]).shape;
  if (x.rank() != 4) return fail(Code::invalid_input, "an input of shape {}", x.text());
  ops::Conv conv{.stride = {options.stride_h(), options.stride_w()},
                 .dilation = {options.dilation_h_factor(), options.dilation_w_factor()},
                 .padding = padding_of(options.padding()),
                 .group = x[3],
                 .activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()))};
  conv.asymmetric =
      context.type(inputs[0]).dtype == DType::f32 && context.type(inputs[1]).dtype == DType::i8;
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
  return context.emit(ops::FullyConnected{.activation = activation,
                                          .rounding = Rounding::away,
                                          .asymmetric = options.asymmetric_quantize_inputs()},
                      std::move(inputs));
}

/// How many elements lie before a convolution's input, were `size` its input and this its filter.
std::int64_t pad_before(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                        tflite::Padding padding) {
  const std::int64_t covered = padding == tflite::Padding_SAME ? size : size - kernel + 1;
  const std::int64_t steps = (covered + stride - 1) / stride;
  return std::max<std::int64_t>(0, (steps - 1) * stride + kernel - size) / 2;
}

Result<void> transpose_conv(OpContext& context) {
  const auto& options = context.options<tflite::TransposeConvOptions>();
  const auto output = SLIPWAY_TRY(context.integers(0));
  const auto filter = SLIPWAY_TRY(context.input(1));
  std::vector<ValueId> inputs = {
      SLIPWAY_TRY(context.input(2)),
      SLIPWAY_TRY(context.helper(ops::Transpose{{1, 2, 3, 0}}, {filter}, "filter"))};
  if (context.has(3)) inputs.push_back(SLIPWAY_TRY(context.input(3)));
  const auto& w = context.type(inputs[1]).shape;
  if (output.size() != 4 || w.rank() != 4 || options.stride_h() < 1 || options.stride_w() < 1) {
    return fail(Code::invalid_input, "an output of {} dimensions, strides of {} and {}",
                output.size(), options.stride_h(), options.stride_w());
  }
  const ops::ConvTranspose conv{
      .stride = {options.stride_h(), options.stride_w()},
      .pad_begin = {pad_before(output[1], w[0], options.stride_h(), options.padding()),
                    pad_before(output[2], w[1], options.stride_w(), options.padding())},
      .output = {output[1], output[2]},
      .activation = SLIPWAY_TRY(activation_of(options.fused_activation_function()))};
  return context.emit(conv, std::move(inputs));
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
      {tflite::BuiltinOperator_L2_POOL_2D, pool_2d<ops::L2Pool>},
      {tflite::BuiltinOperator_MAX_POOL_2D, pool_2d<ops::MaxPool>},
      {tflite::BuiltinOperator_TRANSPOSE_CONV, transpose_conv},
  };
  return kRows;
}

}  // namespace slipway::formats
