// Convolutions and dense layers of bytes.

#include <algorithm>
#include <cmath>

#include "device/cpu/lowering.h"
#include "device/cpu/prove.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {
namespace {

using engine::Place;
using kernels::Addition;
using kernels::ChannelScale;
using kernels::GemmOutput;
using kernels::Requantization;

/// Integer weights as [inputs of one output, outputs], with what requantizes their sums.
struct Layer {
  std::vector<std::int16_t> weights;  // without their zero points
  std::int64_t rows = 0;
  std::int64_t outputs = 0;
  std::vector<ChannelScale> channels;
  Requantization requantization;
};

/// What all integer layers share: x bytes, w signed bytes with one scale or one per output.
///
/// Errors  unsupported: other types
Result<Layer> read_layer(const Graph& graph, ValueId x, ValueId w, ValueId b) {
  const auto& x_type = graph.type(x);
  const auto* weights = graph.known(w);
  if (x_type.dtype != DType::u8 || !x_type.quant || x_type.quant->scale.size() != 1)
    return fail(Code::unsupported, "activations {}", x_type.text());
  const bool bytes = weights != nullptr && weights->type().quant &&
                     (weights->dtype() == DType::i8 || weights->dtype() == DType::u8);
  if (!bytes) return fail(Code::unsupported, "weights that are not constant bytes");
  const auto& quant = *weights->type().quant;
  const auto rank = static_cast<int>(weights->shape().rank());
  if (quant.per_axis() && quant.axis + 1 != rank)
    return fail(Code::unsupported, "scales along dimension {} of the weights", quant.axis);
  if (weights->shape().elements() == 0) return fail(Code::unsupported, "weights of nothing");
  Layer layer;
  layer.outputs = weights->shape()[weights->shape().rank() - 1];
  layer.rows = weights->shape().elements() / std::max<std::int64_t>(layer.outputs, 1);
  const auto centre = [&](const auto& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto o = i % static_cast<std::size_t>(layer.outputs);
      layer.weights.push_back(static_cast<std::int16_t>(values[i] - quant.zero_at(o)));
    }
  };
  weights->dtype() == DType::i8 ? centre(weights->values<std::int8_t>())
                                : centre(weights->values<std::uint8_t>());
  const auto* bias = b.exists() ? graph.known(b) : nullptr;
  if (b.exists() && (bias == nullptr || bias->dtype() != DType::i32))
    return fail(Code::unsupported, "a bias that is not constant i32");
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    std::uint32_t sum = 0;
    for (std::int64_t k = 0; k < layer.rows; ++k)
      sum += static_cast<std::uint32_t>(
          layer.weights[static_cast<std::size_t>(k * layer.outputs + o)]);
    ChannelScale channel;
    const auto start =
        bias == nullptr
            ? 0U
            : static_cast<std::uint32_t>(bias->values<std::int32_t>()[static_cast<std::size_t>(o)]);
    channel.bias = static_cast<std::int32_t>(
        start - static_cast<std::uint32_t>(x_type.quant->zero_point[0]) * sum);
    channel.scale = x_type.quant->scale[0] * quant.scale_at(static_cast<std::size_t>(o));
    layer.channels.push_back(channel);
  }
  return layer;
}

/// Chooses how sums become bytes of the output.
///
/// Errors  those of choose()
Result<void> set_output(const Graph& graph, Layer& layer, const Node& node, Rounding rounding,
                        Activation activation) {
  const auto& y = node.outputs[0].type;
  if (!y.quant || y.quant->per_axis() || y.dtype != DType::u8)
    return fail(Code::unsupported, "an output {}", y.text());
  const auto& w = graph.type(node.inputs[1]);
  const bool float_product = w.dtype == DType::u8;
  const Rescale rescale(graph.type(node.inputs[0]), w, y, {activation, rounding, float_product});
  std::vector<SumRange> sums;
  for (std::int64_t o = 0; o < layer.outputs; ++o)
    sums.push_back(range_of(layer.weights, layer.outputs, o,
                            layer.channels[static_cast<std::size_t>(o)].bias));
  layer.requantization = SLIPWAY_TRY(choose(rescale, sums, layer.channels));
  return {};
}

/// Puts the constants of a product into the plan.
template <class Step>
void pack(Lowering& lowering, Step& step, const Layer& layer) {
  const auto variants = kernels::gemm_u8_variants();
  step.header.variant = best(variants, lowering.isa());
  const auto& variant = variants[step.header.variant];
  const kernels::GemmU8Constants constants{layer.weights.data(), layer.channels.data(),
                                           layer.requantization.safe};
  step.panels =
      lowering.plan().add_constants(kernels::packed_bytes(variant, step.shape, constants));
  kernels::pack_gemm_u8(variant, step.shape, constants, lowering.plan().constants_at(step.panels));
  step.requantization = layer.requantization;
}

/// The numbers of a sum of bytes, as quantized_arithmetic.md has them for QLinearAdd: `own` is the
/// convolution's output, the first operand of the sum if `own_first`.
Addition addition_of(const TensorType& own, const TensorType& residual, const TensorType& y,
                     Activation activation, bool own_first) {
  const auto range = clamp_range(activation, y);
  Addition out;
  out.scale = own.quant->scale[0] / y.quant->scale[0];
  out.residual_scale = residual.quant->scale[0] / y.quant->scale[0];
  const float own_zero = out.scale * static_cast<float>(own.quant->zero_point[0]);
  const float residual_zero =
      out.residual_scale * static_cast<float>(residual.quant->zero_point[0]);
  out.constant = static_cast<float>(y.quant->zero_point[0]) - (own_zero + residual_zero);
  out.low = static_cast<std::uint8_t>(range.low);
  out.high = static_cast<std::uint8_t>(range.high);
  out.residual_last = !own_first;
  return out;
}

/// The convolution's numbers in two dimensions.
struct Geometry {
  std::int32_t height, width, out_height, out_width;
  std::int32_t kernel_y, kernel_x, stride_y, stride_x, dilation_y, dilation_x;
  std::int32_t pad_top, pad_left;
};

Result<Geometry> geometry_of(const ops::Conv& conv, const Shape& x, const Shape& w) {
  if (x.rank() != 4 || x[0] != 1) return fail(Code::unsupported, "a batch, or no picture");
  const auto window = SLIPWAY_TRY(conv.window(x, w));
  constexpr std::int64_t kMost = 1 << 14;
  for (std::size_t i = 0; i < Window::kDims; ++i) {
    const auto most = std::max({window.in[i], window.out[i], window.kernel[i], window.stride[i],
                                window.dilation[i], window.pad[i], window.pad_end[i]});
    if (most > kMost) return fail(Code::unsupported, "a picture or window of over {}", kMost);
  }
  const auto at = [](const Window::Dims& dims, std::size_t i) {
    return static_cast<std::int32_t>(dims[i]);
  };
  return Geometry{at(window.in, 1),       at(window.in, 2),     at(window.out, 1),
                  at(window.out, 2),      at(window.kernel, 1), at(window.kernel, 2),
                  at(window.stride, 1),   at(window.stride, 2), at(window.dilation, 1),
                  at(window.dilation, 2), at(window.pad, 1),    at(window.pad, 2)};
}

/// A depthwise convolution.
Result<void> add_depthwise(Lowering& lowering, ValueId x, ValueId y, const Geometry& g,
                           Layer& layer) {
  if (g.kernel_y * g.kernel_x > kernels::kMostTaps)
    return fail(Code::unsupported, "a depthwise window of over {} places", kernels::kMostTaps);
  auto& plan = lowering.plan();
  engine::DepthwiseU8Step step;
  step.shape = {static_cast<int>(layer.outputs),
                g.kernel_y,
                g.kernel_x,
                g.stride_y,
                g.stride_x,
                g.dilation_y,
                g.dilation_x};
  step.height = g.height;
  step.width = g.width;
  step.out_height = g.out_height;
  step.out_width = g.out_width;
  step.pad_top = g.pad_top;
  step.pad_left = g.pad_left;
  step.outside = static_cast<std::uint32_t>(lowering.graph().type(x).quant->zero_point[0]);
  step.in = SLIPWAY_TRY(lowering.vector_place(x));
  const auto row = static_cast<std::size_t>(g.width * layer.outputs);
  step.outside_row = plan.add_constants(row + 64);
  std::memset(plan.constants_at(step.outside_row), static_cast<int>(step.outside), row + 64);
  const auto variants = kernels::depthwise_u8_variants();
  step.header.variant = best(variants, lowering.isa());
  const auto& variant = variants[step.header.variant];
  const kernels::DepthwiseU8Constants constants{layer.weights.data(), layer.channels.data(),
                                                layer.requantization.safe};
  step.panels = plan.add_constants(kernels::packed_bytes(variant, step.shape, constants));
  kernels::pack_depthwise_u8(variant, step.shape, constants, plan.constants_at(step.panels));
  step.requantization = layer.requantization;
  step.out = lowering.make_room(y);
  plan.add(step, engine::StepKind::depthwise_u8);
  return {};
}

/// Sets what a residual needs: the other operand and the numbers of the sum.
template <class Step>
Result<void> join(Lowering& lowering, Step& step, ValueId conv, std::int32_t sum) {
  if (sum < 0) return {};
  const auto& graph = lowering.graph();
  const auto& node = graph.nodes()[static_cast<std::size_t>(sum)];
  const bool first = node.inputs[0] == conv;
  const ValueId other = node.inputs[first ? 1 : 0];
  const auto activation = node.op.as<ops::Add>()->activation;
  const auto& y = node.outputs[0].type;
  // In its rounding the sum is not symmetric.
  step.shape.output = GemmOutput::added;
  step.addition = addition_of(graph.type(conv), graph.type(other), y, activation, first);
  step.residual = SLIPWAY_TRY(lowering.vector_place(other));
  step.residual_stride = step.shape.n;
  return {};
}

}  // namespace

Result<void> lower_conv(Lowering& lowering, ValueId conv_id, std::int32_t sum, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(conv_id);
  const auto& conv = *node.op.as<ops::Conv>();
  const ValueId x = node.inputs[0];
  const ValueId bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  auto layer = SLIPWAY_TRY(read_layer(graph, x, node.inputs[1], bias));
  SLIPWAY_TRY(set_output(graph, layer, node, conv.rounding, conv.activation));
  const auto& shape = graph.type(x).shape;
  const auto g = SLIPWAY_TRY(geometry_of(conv, shape, graph.type(node.inputs[1]).shape));
  const auto channels = static_cast<std::int32_t>(shape[3]);
  if (conv.group == shape[3] && conv.group == layer.outputs && conv.group > 1)
    return add_depthwise(lowering, x, y, g, layer);
  if (conv.group != 1) return fail(Code::unsupported, "{} groups", conv.group);

  const bool point = g.kernel_y == 1 && g.kernel_x == 1 && g.stride_y == 1 && g.stride_x == 1;
  if (point && g.pad_top == 0 && g.pad_left == 0 && g.out_width == g.width) {
    engine::GemmU8Step step;
    step.shape = {static_cast<int>(layer.outputs), 1, channels, GemmOutput::bytes};
    SLIPWAY_TRY(join(lowering, step, conv_id, sum));
    pack(lowering, step, layer);
    step.m = g.height * g.width;
    step.a = SLIPWAY_TRY(lowering.vector_place(x));
    step.a_stride = channels;
    step.c = lowering.make_room(y);
    step.c_stride = layer.outputs;
    lowering.plan().add(step, engine::StepKind::gemm_u8);
    return {};
  }
  if (g.dilation_x != 1 || g.kernel_y > 16)
    return fail(Code::unsupported, "a window of {}x{} by {}", g.kernel_y, g.kernel_x, g.dilation_x);
  engine::ConvU8Step step;
  step.shape = {static_cast<int>(layer.outputs), g.kernel_y, g.kernel_x * channels,
                GemmOutput::bytes};
  SLIPWAY_TRY(join(lowering, step, conv_id, sum));
  pack(lowering, step, layer);
  step.channels = channels;
  step.height = g.height;
  step.width = g.width;
  step.out_height = g.out_height;
  step.out_width = g.out_width;
  step.stride_y = g.stride_y;
  step.stride_x = g.stride_x;
  step.dilation_y = g.dilation_y;
  step.pad_top = g.pad_top;
  step.pad_left = g.pad_left;
  step.outside = static_cast<std::uint32_t>(graph.type(x).quant->zero_point[0]);
  const auto high = (g.out_height - 1) * g.stride_y + (g.kernel_y - 1) * g.dilation_y + 1;
  const auto wide = (g.out_width - 1) * g.stride_x + g.kernel_x;
  if (g.pad_top > 0 || g.pad_left > 0 || high > g.height || wide > g.width) {
    step.padded_height = high;
    step.padded_width = std::max(wide, g.pad_left + 1);
    step.padded = lowering.scratch(static_cast<std::size_t>(step.padded_height) *
                                   static_cast<std::size_t>(step.padded_width * channels));
  }
  step.in = SLIPWAY_TRY(lowering.vector_place(x));
  step.c = lowering.make_room(y);
  step.c_stride = layer.outputs;
  lowering.plan().add(step, engine::StepKind::conv_u8);
  return {};
}

Result<void> lower_dense(Lowering& lowering, ValueId dense) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(dense);
  const auto& op = *node.op.as<ops::FullyConnected>();
  const auto integers = [&](std::size_t i) {
    if (i >= node.inputs.size() || !node.inputs[i].exists()) return kNoValue;
    ValueId id = node.inputs[i];  // x: the same bytes in the same order, whatever their shape
    while (i == 0 && lowering.maker<ops::Reshape>(id) != nullptr) id = graph.node(id).inputs[0];
    const auto& made = graph.node(id);
    const bool fits = made.op.is<ops::Dequantize>() && made.inputs.size() == 1 &&
                      graph.type(made.inputs[0]).quant;
    return fits ? made.inputs[0] : kNoValue;
  };
  const ValueId x = integers(0);
  const ValueId w = integers(1);
  const bool has_bias = node.inputs.size() > 2 && node.inputs[2].exists();
  const ValueId b = integers(2);
  if (!x.exists() || !w.exists() || (has_bias && !b.exists()) || op.activation != Activation::none)
    return fail(Code::unsupported, "a dense layer of floats");
  auto layer = SLIPWAY_TRY(read_layer(graph, x, w, b));
  for (std::size_t o = 0; has_bias && o < layer.channels.size(); ++o) {
    const float is = graph.type(b).quant->scale_at(o);
    const bool fits =
        std::abs(is / layer.channels[o].scale - 1) <= 1e-6F && graph.type(b).quant->zero_at(o) == 0;
    if (!fits) return fail(Code::unsupported, "a bias with a scale of its own");
  }
  engine::GemmU8Step step;
  step.shape = {static_cast<int>(layer.outputs), 1, static_cast<int>(layer.rows),
                GemmOutput::floats};
  pack(lowering, step, layer);
  step.m = static_cast<std::int32_t>(graph.type(x).shape.elements() / layer.rows);
  step.a = SLIPWAY_TRY(lowering.vector_place(x));
  step.a_stride = layer.rows;
  step.c = lowering.make_room(dense);
  step.c_stride = layer.outputs;
  lowering.plan().add(step, engine::StepKind::gemm_u8);
  return {};
}

}  // namespace slipway::cpu
