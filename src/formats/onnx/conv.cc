// Convolutions: filters come as (out, in, spatial…) and leave as (spatial…, in, out).

#include "ops/conv/conv.h"

#include <algorithm>

#include "formats/onnx/quantized.h"
#include "formats/onnx/window.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"

namespace slipway::formats {
namespace {

/// (2, 3, …, 1, 0): from (out, in, spatial…) to (spatial…, in, out).
std::vector<std::int64_t> conv_perm(std::size_t rank, bool transposed) {
  std::vector<std::int64_t> perm;
  for (std::size_t i = 2; i < rank; ++i) perm.push_back(static_cast<std::int64_t>(i));
  perm.push_back(transposed ? 0 : 1);
  perm.push_back(transposed ? 1 : 0);
  return perm;
}

/// Errors  invalid_input: kernel_shape is not that of the filter
Result<void> check_kernel(OnnxNode& node, const TensorType& filter) {
  const auto kernel = SLIPWAY_TRY(node.integer_list("kernel_shape"));
  if (kernel.empty() || filter.shape.rank() < 2) return {};
  if (!std::equal(kernel.begin(), kernel.end(), filter.shape.begin() + 2, filter.shape.end())) {
    return fail(Code::invalid_input, "the filter {} has another kernel_shape", filter.shape.text());
  }
  return {};
}

/// The fields of a convolution whose filter is at input `filter`.
Result<ops::Conv> read_conv(OnnxNode& node, std::size_t filter) {
  ops::Conv conv;
  const auto& x = node.type(SLIPWAY_TRY(node.input(0)));
  const auto spatial = SLIPWAY_TRY(spatial_of(x));
  SLIPWAY_TRY(read_window(node, spatial, conv));
  SLIPWAY_TRY(check_kernel(node, node.type(SLIPWAY_TRY(node.input(filter)))));
  conv.group = SLIPWAY_TRY(node.integer("group", 1));
  return conv;
}

Result<ValueId> conv_filter(OnnxNode& node, std::size_t input, bool transposed = false) {
  const auto filter = SLIPWAY_TRY(node.input(input));
  return moved_filter(node, filter, conv_perm(node.type(filter).shape.rank(), transposed));
}

Result<void> conv(OnnxNode& node) {
  const auto op = SLIPWAY_TRY(read_conv(node, 1));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  const auto w = SLIPWAY_TRY(conv_filter(node, 1));
  const auto bias = SLIPWAY_TRY(node.optional_input(2));
  return node.emit_channels_last(op, {x, w, bias});
}

/// ONNX states the size of the output, or pads such that it is stride times the input; we state
/// pads and what is added behind.
Result<void> resolve_output_shape(const TensorType& x, const TensorType& w,
                                  ops::ConvTranspose& op) {
  const std::size_t spatial = x.shape.rank() - 2;
  if (op.padding == Padding::valid) op.padding = Padding::given;
  if (op.output_shape.empty() && op.padding == Padding::given) return {};
  if (!op.output_shape.empty() && op.output_shape.size() != spatial) {
    return fail(Code::invalid_input, "an output_shape of {} numbers for {} spatial dimensions",
                op.output_shape.size(), spatial);
  }
  for (const auto* list : {&op.stride, &op.dilation, &op.output_pad}) {
    if (list->empty() || list->size() == spatial) continue;
    return fail(Code::invalid_input, "{} numbers for {} spatial dimensions", list->size(), spatial);
  }
  const bool odd_behind = op.padding == Padding::same_upper;
  op.pad_begin.assign(spatial, 0);
  op.pad_end.assign(spatial, 0);
  op.output_pad.resize(spatial, 0);
  for (std::size_t i = 0; i < spatial; ++i) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30U;
    const std::int64_t in = x.shape[i + 2];
    const std::int64_t kernel = w.shape[i + 2];
    const std::int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    const std::int64_t dilation = op.dilation.empty() ? 1 : op.dilation[i];
    if (in == Shape::kUnknown || kernel == Shape::kUnknown)
      return fail(Code::unsupported, "an output of stated size from an input of unknown size");
    for (const auto number : {in, kernel, stride, dilation}) {
      if (number < 0 || number > kMost)
        return fail(Code::invalid_input, "stride, dilation or sizes out of range");
    }
    const std::int64_t out = op.output_shape.empty() ? in * stride : op.output_shape[i];
    if (out < 0 || out > 2 * kMost * kMost || op.output_pad[i] < 0 || op.output_pad[i] > kMost)
      return fail(Code::invalid_input, "an output of size {}", out);
    const std::int64_t whole = (in - 1) * stride + (kernel - 1) * dilation + 1 + op.output_pad[i];
    const std::int64_t total = std::max<std::int64_t>(whole - out, 0);
    op.output_pad[i] += std::max<std::int64_t>(out - whole, 0);
    op.pad_begin[i] = odd_behind ? total / 2 : total - total / 2;
    op.pad_end[i] = total - op.pad_begin[i];
  }
  op.padding = Padding::given;
  op.output_shape.clear();
  return {};
}

Result<void> conv_transpose(OnnxNode& node) {
  ops::ConvTranspose op;
  const auto x_first = SLIPWAY_TRY(node.input(0));
  const auto w_first = SLIPWAY_TRY(node.input(1));
  const auto& x_type = node.type(x_first);
  const auto& w_type = node.type(w_first);
  const auto spatial = SLIPWAY_TRY(spatial_of(x_type));
  if (w_type.shape.rank() != x_type.shape.rank()) {
    return fail(Code::invalid_input, "input {} and filter {} do not fit together",
                x_type.shape.text(), w_type.shape.text());
  }
  SLIPWAY_TRY(read_window(node, spatial, op));
  SLIPWAY_TRY(check_kernel(node, w_type));
  op.group = SLIPWAY_TRY(node.integer("group", 1));
  op.output_pad = SLIPWAY_TRY(node.integer_list("output_padding"));
  op.output_shape = SLIPWAY_TRY(node.integer_list("output_shape"));
  // Older files state the whole shape.
  if (op.output_shape.size() == spatial + 2)
    op.output_shape.erase(op.output_shape.begin(), op.output_shape.begin() + 2);
  SLIPWAY_TRY(resolve_output_shape(x_type, w_type, op));
  const auto x = SLIPWAY_TRY(node.channels_last(x_first));
  const auto w = SLIPWAY_TRY(conv_filter(node, 1, true));
  return node.emit_channels_last(op, {x, w, SLIPWAY_TRY(node.optional_input(2))});
}

Result<void> conv_integer(OnnxNode& node) {
  const auto op = SLIPWAY_TRY(read_conv(node, 1));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  const auto w = SLIPWAY_TRY(conv_filter(node, 1));
  const auto x_zero = SLIPWAY_TRY(node.optional_input(2));
  const auto w_zero = SLIPWAY_TRY(node.optional_input(3));
  return node.emit_channels_last(op, {x, w, kNoValue, x_zero, w_zero});
}

/// Scales that are computed while running: integer sums, scaled in float.
Result<void> requantized_conv(OnnxNode& node, const ops::Conv& op, ValueId x, ValueId w) {
  const auto all = SLIPWAY_TRY(node.inputs());
  auto sums = SLIPWAY_TRY(node.helper(op, {x, w, kNoValue, all[2], all[5]}, "sums"));
  if (all.size() > 8 && all[8].exists())
    sums = SLIPWAY_TRY(node.helper(ops::Add{}, {sums, all[8]}, "sums_and_bias"));
  const auto scales = SLIPWAY_TRY(combined_scales(node, all[1], all[4], all[6]));
  const auto y = SLIPWAY_TRY(requantized(node, sums, scales, all[7]));
  return node.alias(0, SLIPWAY_TRY(node.channels_first(y, "channels_first")));
}

Result<void> qlinear_conv(OnnxNode& node) {
  auto op = SLIPWAY_TRY(read_conv(node, 3));
  for (std::size_t i = 0; i < 8; ++i) SLIPWAY_TRY(node.input(i));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  const auto w = SLIPWAY_TRY(conv_filter(node, 3));
  const auto y_type = TensorType{node.type(SLIPWAY_TRY(node.input(7))).dtype, {}, {}};
  const auto x_quant = SLIPWAY_TRY(known_quantization(node, 1, 2, node.type(x), -1));
  const auto last = static_cast<std::int64_t>(node.type(w).shape.rank()) - 1;
  const auto w_quant = SLIPWAY_TRY(known_quantization(node, 4, 5, node.type(w), last));
  const auto y_quant = SLIPWAY_TRY(known_quantization(node, 6, 7, y_type, -1));
  if (!x_quant || !w_quant || !y_quant || y_type.dtype != node.type(x).dtype)
    return requantized_conv(node, op, x, w);
  op.rounding = Rounding::real_even;
  const auto x_real = SLIPWAY_TRY(as_quantized(node, x, *x_quant));
  const auto w_real = SLIPWAY_TRY(as_quantized(node, w, *w_quant));
  const auto bias = SLIPWAY_TRY(node.optional_input(8));
  return emit_quantized(node, op, {x_real, w_real, bias}, *y_quant, true);
}

/// A convolution, a sum with a fourth input, and an activation: one node in files that ONNX Runtime
/// has optimised.
Result<void> fused_conv(OnnxNode& node) {
  auto op = SLIPWAY_TRY(read_conv(node, 1));
  const auto name = SLIPWAY_TRY(node.text("activation", ""));
  const auto params = SLIPWAY_TRY(node.number_list("activation_params"));
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  const auto w = SLIPWAY_TRY(conv_filter(node, 1));
  const auto bias = SLIPWAY_TRY(node.optional_input(2));
  const auto sum = SLIPWAY_TRY(node.optional_input(3));
  Activation activation = Activation::none;
  if (name == "Relu") activation = Activation::relu;
  if (name == "Clip" && params == std::vector<float>{0, 6}) activation = Activation::relu6;
  if (!sum.exists()) op.activation = activation;
  const auto conv_alone = SLIPWAY_TRY(node.helper(op, {x, w, bias}, "conv"));
  auto y = conv_alone;
  if (sum.exists()) {
    const auto sum_last = SLIPWAY_TRY(node.channels_last(sum));
    y = SLIPWAY_TRY(node.helper(ops::Add{.activation = activation}, {y, sum_last}, "sum"));
  }
  if (name == "Sigmoid") {
    y = SLIPWAY_TRY(node.helper(ops::Sigmoid{}, {y}, "activation"));
  } else if (name == "Tanh") {
    y = SLIPWAY_TRY(node.helper(ops::Tanh{}, {y}, "activation"));
  } else if (name == "LeakyRelu") {
    const float slope = params.empty() ? 0.01F : params[0];
    y = SLIPWAY_TRY(node.helper(ops::LeakyRelu{.slope = slope}, {y}, "activation"));
  } else if (!name.empty() && activation == Activation::none) {
    return fail(Code::unsupported, "a convolution with the activation {}({})", name,
                fmt::join(params, ", "));
  }
  return node.alias(0, SLIPWAY_TRY(node.channels_first(y, "channels_first")));
}

}  // namespace

std::span<const OnnxRow> onnx_conv() {
  static constexpr OnnxRow kRows[] = {
      {"Conv", conv},
      {"ConvInteger", conv_integer},
      {"ConvTranspose", conv_transpose},
      {"FusedConv", fused_conv, "com.microsoft"},
      {"QLinearConv", qlinear_conv},
  };
  return kRows;
}

}  // namespace slipway::formats
